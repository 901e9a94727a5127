import { fileURLToPath } from 'node:url'
import { freePort, startServer, temporaryDirectory } from './process.mjs'

const replicaSet = 'rs0'

/**
 * A double of a MongoDB server (see mongodb/serve.mjs), as a replica set of one or as a standalone. `TEST_MONGODB_URL`
 * names a real one instead, which is to be a replica set; then there is no standalone.
 * @returns {Promise<import('./index.d.mts').TestServer>}
 */
export async function startMongodb(/** @type {{ standalone?: boolean }} */ { standalone = false } = {}) {
  const elsewhere = process.env.TEST_MONGODB_URL
  if (elsewhere) {
    return standalone
      ? { skipped: 'TEST_MONGODB_URL names a replica set, and this needs a standalone' }
      : { url: elsewhere, stop: async () => {} }
  }
  const port = await freePort()
  const directory = temporaryDirectory('mongodb', undefined)
  const program = fileURLToPath(new URL('mongodb/serve.mjs', import.meta.url))
  const running = await startServer({
    command: process.execPath,
    args: [program, String(port), ...(standalone ? [] : [replicaSet])],
    directory,
    ready: /ready for connections/,
  })
  const url = `mongodb://127.0.0.1:${port}/${standalone ? '?directConnection=true' : `?replicaSet=${replicaSet}`}`
  return { url, pid: running.pid, stop: running.stop }
}
