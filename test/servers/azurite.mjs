import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { freePort, startServer, temporaryDirectory } from './process.mjs'

/** The key that every Azurite has: it is in its manual, and is no secret. */
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

/**
 * Azurite, Microsoft's own double of Azure's storage. The URL is a connection string; `TEST_AZURE_URL` is one of another
 * account instead.
 * @returns {Promise<import('./index.d.mts').TestServer>}
 */
export async function startAzurite() {
  const elsewhere = process.env.TEST_AZURE_URL
  if (elsewhere) return { url: elsewhere, stop: async () => {} }
  let program
  try {
    const installed = createRequire(import.meta.url).resolve('azurite/package.json')
    program = join(dirname(installed), 'dist', 'src', 'blob', 'main.js')
  } catch {
    return { skipped: 'azurite is not installed (npm package azurite)' }
  }
  const port = await freePort()
  const directory = temporaryDirectory('azurite', undefined)
  const server = await startServer({
    command: process.execPath,
    args: [
      program,
      ...['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', directory],
      ...['--skipApiVersionCheck', '--disableTelemetry', '--silent'],
    ],
    directory,
    ready: /successfully listen/i,
  })
  const endpoint = `BlobEndpoint=http://127.0.0.1:${port}/devstoreaccount1`
  return {
    url: `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${key};${endpoint};`,
    pid: server.pid,
    stop: server.stop,
  }
}
