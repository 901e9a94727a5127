import { program } from './apt.mjs'
import { freePort, startServer, temporaryDirectory } from './process.mjs'

/**
 * An empty Redis from Debian. `TEST_REDIS_URL` names another server instead.
 * @returns {Promise<import('./index.d.mts').TestServer>}
 */
export async function startRedis() {
  const elsewhere = process.env.TEST_REDIS_URL
  if (elsewhere) return { url: elsewhere, stop: async () => {} }
  const server = await program('redis-server', 'redis-server')
  if ('skipped' in server) return server
  const port = await freePort()
  const directory = temporaryDirectory('redis', undefined)
  const running = await startServer({
    command: server.path,
    args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory],
    directory,
    ready: /Ready to accept connections/,
  })
  return { url: `redis://127.0.0.1:${port}`, pid: running.pid, stop: running.stop }
}
