import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { freePort, startServer, temporaryDirectory } from './process.mjs'

/**
 * The storage that `TEST_S3_URL` names: http://ID:SECRET@host:port?region=..., with the secret encoded.
 * @returns {Promise<import('./index.d.mts').TestServer>}
 */
export async function startS3Elsewhere() {
  const elsewhere = process.env.TEST_S3_URL
  return elsewhere ? { url: elsewhere, stop: async () => {} } : { skipped: 'TEST_S3_URL names no storage' }
}

/**
 * s3rver, a small S3 on files that knows neither checksums nor conditions.
 * @returns {Promise<import('./index.d.mts').TestServer>}
 */
export async function startS3rver() {
  const require = createRequire(import.meta.url)
  let program
  try {
    program = join(dirname(require.resolve('s3rver/package.json')), 'bin', 's3rver.js')
  } catch {
    return { skipped: 's3rver is not installed (npm package s3rver)' }
  }
  const directory = temporaryDirectory('s3rver', undefined)
  const port = await freePort()
  const server = await startServer({
    command: process.execPath,
    args: [
      '--openssl-legacy-provider', // it encrypts where a listing goes on with DES
      program,
      ...['--silent', '--address', '127.0.0.1', '--port', String(port), '--directory', directory],
    ],
    directory,
    ready: /listening/i,
  })
  return { url: `http://S3RVER:S3RVER@127.0.0.1:${port}`, pid: server.pid, stop: server.stop }
}
