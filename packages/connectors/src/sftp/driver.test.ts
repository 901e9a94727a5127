import { readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { startSshd } from '../../../../test/servers/index.mjs'
import { driverBody } from '../files/testing/driver-body.js'
import { childrenOf, signalSessions } from '../files/testing/sessions.js'
import { targetOf } from './config.js'
import { sftpDriver } from './driver.js'

driverBody('SFTP', async () => {
  const server = await startSshd()
  if ('skipped' in server) return server
  const { url, hostKey, privateKey, pid, root } = server
  const target = targetOf({
    connection: url,
    ...(hostKey ? { host_key: hostKey } : { insecure_host_key: true }),
    ...(privateKey ? { private_key: privateKey } : {}),
  })
  const settings = { max: 10, idleMs: 30_000, timeoutMs: 20_000 }
  const { privateKey: _key, ...keyless } = target
  return {
    driver: (more) => sftpDriver(target, { ...settings, ...more }),
    refused: () => ({
      'a wrong password': sftpDriver({ ...keyless, password: 'wrong' }, settings),
      'another host key': sftpDriver({ ...target, hostKeys: new Set([`SHA256:${'A'.repeat(43)}`]) }, settings),
      'a missing folder': sftpDriver({ ...target, root: '/none/at/all' }, settings),
      'a closed port': sftpDriver({ ...target, port: 1 }, settings),
    }),
    ...(pid === undefined ? {} : { sessions: () => childrenOf(pid), signal: (name) => signalSessions(pid, name) }),
    ...(root === undefined
      ? {}
      : {
          names: (folder) => readdirSync(join(root, folder)),
          link: (to, name) => symlinkSync(to, join(root, name)),
        }),
    close: server.stop,
  }
})
