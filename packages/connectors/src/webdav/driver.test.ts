import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startApacheDav, type WebdavServer } from '../../../../test/servers/index.mjs'
import { driverBody } from '../files/testing/driver-body.js'
import { connectionsTo } from '../files/testing/sessions.js'
import { targetOf } from './config.js'
import { webdavDriver } from './driver.js'

/** The same server by each of its ways. */
const ways: Readonly<
  Record<string, { readonly url: keyof Exclude<WebdavServer, { skipped: string }>; readonly uploads: string }>
> = {
  'WebDAV, Basic authentication': { url: 'url', uploads: 'rename' },
  'WebDAV, Digest authentication, uploads at once': { url: 'digest', uploads: 'put' },
  'WebDAV by HTTPS': { url: 'https', uploads: 'rename' },
}

for (const [name, { url: way, uploads }] of Object.entries(ways)) {
  driverBody(name, async () => {
    const server = await startApacheDav()
    if ('skipped' in server) return server
    const { [way]: url, certificate, root } = server
    if (typeof url !== 'string') return { skipped: `TEST_WEBDAV_URL names no ${name}` }
    const target = targetOf({ connection: url, uploads, ...(certificate ? { ca: certificate } : {}) })
    return {
      driver: (max = 10) => webdavDriver(target, { max, idleMs: 30_000, timeoutMs: 20_000 }),
      ...(root === undefined ? {} : { sessions: () => connectionsTo(Number(new URL(url).port)) }),
      ...(root === undefined
        ? {}
        : { names: (folder) => readdirSync(join(root, folder)).filter((one) => one !== '.DAV') }),
      close: server.stop,
    }
  })
}
