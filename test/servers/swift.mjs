import { fileURLToPath } from 'node:url'
import { pythonWith } from './apt.mjs'
import { freePort, startServer, temporaryDirectory } from './process.mjs'

const program = fileURLToPath(new URL('serve-swift.py', import.meta.url))

/**
 * OpenStack Swift from Debian with its S3 interface: stricter than s3rver in signatures, digests, parts and ranges.
 * @returns {Promise<import('./index.d.mts').TestServer>}
 */
export async function startSwift() {
  const python = await pythonWith('swift.common.middleware.s3api.s3api', 'python3-swift')
  if ('skipped' in python) return python
  const port = await freePort()
  const directory = temporaryDirectory('swift', undefined)
  const server = await startServer({
    command: python.path,
    args: [program, directory, String(port)],
    directory,
    ready: /swift: serving/,
  })
  // The user and the key that serve-swift.py lets in.
  const [id, secret] = ['test:tester', 'te+st/ing='].map(encodeURIComponent)
  return { url: `http://${id}:${secret}@127.0.0.1:${port}`, pid: server.pid, stop: server.stop }
}
