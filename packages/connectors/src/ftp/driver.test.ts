import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type FtpServer, startProftpd } from '../../../../test/servers/index.mjs'
import { driverBody } from '../files/testing/driver-body.js'
import { childrenOf } from '../files/testing/sessions.js'
import { targetOf } from './config.js'
import { ftpDriver } from './driver.js'

/** The same server by each of its ways. */
const ways = {
  FTP: 'url',
  'FTP with explicit TLS': 'explicitTls',
  'FTP with implicit TLS': 'implicitTls',
  'FTP without MLSD': 'listOnly',
} as const satisfies Record<string, keyof Exclude<FtpServer, { skipped: string }>>

for (const [name, way] of Object.entries(ways)) {
  driverBody(name, async () => {
    const server = await startProftpd()
    if ('skipped' in server) return server
    const { [way]: url, certificate, pid, root } = server
    if (url === undefined) return { skipped: `TEST_FTP_URL names no ${name}` }
    const target = targetOf({ connection: url, ...(certificate ? { ca: certificate } : {}) })
    return {
      driver: (max = 10) => ftpDriver(target, { max, idleMs: 30_000, timeoutMs: 20_000 }),
      ...(pid === undefined ? {} : { sessions: () => childrenOf(pid) }),
      ...(root === undefined ? {} : { names: (folder) => readdirSync(join(root, folder)) }),
      tellsVersionsApart: way !== 'listOnly',
      close: server.stop,
    }
  })
}
