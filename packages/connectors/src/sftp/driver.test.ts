import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startSshd } from '../../../../test/servers/index.mjs'
import { driverBody } from '../files/testing/driver-body.js'
import { childrenOf } from '../files/testing/sessions.js'
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
  return {
    driver: (max = 10) => sftpDriver(target, { max, idleMs: 30_000, timeoutMs: 20_000 }),
    ...(pid === undefined ? {} : { sessions: () => childrenOf(pid) }),
    ...(root === undefined ? {} : { names: (folder) => readdirSync(join(root, folder)) }),
    close: server.stop,
  }
})
