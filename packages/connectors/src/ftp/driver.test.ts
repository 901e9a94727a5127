import { readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type FtpServer, startProftpd } from '../../../../test/servers/index.mjs'
import { driverBody } from '../files/testing/driver-body.js'
import { childrenOf, signalSessions } from '../files/testing/sessions.js'
import { targetOf } from './config.js'
import { ftpDriver } from './driver.js'

/** The other ways to it are for the conformance body. */
const ways = {
  FTP: 'url',
  'FTP with implicit TLS': 'implicitTls',
} as const satisfies Record<string, keyof Exclude<FtpServer, { skipped: string }>>

for (const [name, way] of Object.entries(ways)) {
  driverBody(name, async () => {
    const server = await startProftpd()
    if ('skipped' in server) return server
    const { [way]: url, certificate, pid, root } = server
    if (url === undefined) return { skipped: `TEST_FTP_URL names no ${name}` }
    const target = targetOf({ connection: url, ...(certificate ? { ca: certificate } : {}) })
    const settings = { max: 10, idleMs: 30_000, timeoutMs: 20_000 }
    const { ca: _ca, ...untrusting } = target
    return {
      driver: (more) => ftpDriver(target, { ...settings, ...more }),
      refused: () => ({
        'a wrong password': ftpDriver({ ...target, password: 'wrong' }, settings),
        'a missing folder': ftpDriver({ ...target, root: '/none/at/all' }, settings),
        'a closed port': ftpDriver({ ...target, port: 1 }, settings),
        ...(target.tls !== 'none' && certificate
          ? { 'a certificate that nobody vouches for': ftpDriver(untrusting, settings) }
          : {}),
      }),
      ...(pid === undefined ? {} : { sessions: () => childrenOf(pid), signal: (name) => signalSessions(pid, name) }),
      ...(root === undefined
        ? {}
        : {
            names: (folder) => readdirSync(join(root, folder)),
            link: (to, name) => symlinkSync(to, join(root, name)),
          }),
      followsLinks: true,
      close: server.stop,
    }
  })
}
