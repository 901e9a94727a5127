import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startApacheDav, type WebdavServer } from '../../../../test/servers/index.mjs'
import { driverBody } from '../files/testing/driver-body.js'
import { connectionsTo, signalSessions } from '../files/testing/sessions.js'
import { targetOf } from './config.js'
import { webdavDriver } from './driver.js'

/** The other ways to it are for the conformance body. */
const ways: Readonly<
  Record<string, { readonly url: keyof Exclude<WebdavServer, { skipped: string }>; readonly uploads: string }>
> = {
  'WebDAV, Digest authentication, uploads at once': { url: 'digest', uploads: 'put' },
  'WebDAV by HTTPS': { url: 'https', uploads: 'rename' },
}

for (const [name, { url: way, uploads }] of Object.entries(ways)) {
  driverBody(name, async () => {
    const server = await startApacheDav()
    if ('skipped' in server) return server
    const { [way]: url, certificate, pid, root } = server
    if (typeof url !== 'string') return { skipped: `TEST_WEBDAV_URL names no ${name}` }
    const target = targetOf({ connection: url, uploads, ...(certificate ? { ca: certificate } : {}) })
    const settings = { max: 10, idleMs: 30_000, timeoutMs: 20_000 }
    const { ca: _ca, ...untrusting } = target
    const { user: _user, ...anonymous } = target
    const elsewhere = new URL('http://127.0.0.1:1/')
    return {
      driver: (more) => webdavDriver(target, { ...settings, ...more }),
      refused: () => ({
        'a wrong password': webdavDriver({ ...target, password: 'wrong' }, settings),
        'no user': webdavDriver(anonymous, settings),
        'a missing folder': webdavDriver({ ...target, url: new URL('none/at/all/', target.url) }, settings),
        'a closed port': webdavDriver({ ...target, url: elsewhere }, settings),
        ...(certificate && target.url.protocol === 'https:'
          ? { 'a certificate that nobody vouches for': webdavDriver(untrusting, settings) }
          : {}),
      }),
      ...(root === undefined || pid === undefined
        ? {}
        : {
            sessions: () => connectionsTo(Number(target.url.port)),
            signal: (name) => signalSessions(pid, name),
            // Apache keeps its own properties in a folder of this name.
            names: (folder) => readdirSync(join(root, folder)).filter((one) => one !== '.DAV'),
          }),
      close: server.stop,
    }
  })
}
