import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import type { JsonObject } from '@gatehouse/core'
import { describe, expect, test } from 'vitest'
import { startAzurite, startS3rver } from '../../../../test/servers/index.mjs'
import { openContainer } from '../azure-blob/client.js'
import { targetOf as azureTarget } from '../azure-blob/config.js'
import { openClient } from '../s3/client.js'
import { targetOf as s3Target } from '../s3/config.js'

const run = promisify(execFile)
const program = fileURLToPath(new URL('testing/transfer.mjs', import.meta.url))
const gigabyte = 1024 ** 3
/** The engine of Node 22 and later lets what is young and mostly garbage take more before it looks through it. */
const mostMegabytes = Number.parseInt(process.versions.node, 10) < 22 ? 200 : 290
const name = `test-${randomBytes(6).toString('hex')}`

interface Place {
  readonly config: JsonObject
  close(): Promise<void>
}

async function s3(): Promise<Place | { readonly skipped: string }> {
  const server = await startS3rver()
  if ('skipped' in server) return server
  const { origin, username, password } = new URL(server.url)
  const credentials = { access_key_id: username, secret_access_key: password }
  const config = { connection: { bucket: name, endpoint: origin, ...credentials } }
  const client = openClient(s3Target(config))
  await client.send(new CreateBucketCommand({ Bucket: name }))
  client.destroy()
  return { config, close: server.stop }
}

async function azure(): Promise<Place | { readonly skipped: string }> {
  const server = await startAzurite()
  if ('skipped' in server) return server
  const config = { connection: server.url, container: name }
  const container = await openContainer(azureTarget(config))
  await container.create()
  return {
    config,
    async close() {
      await container.delete()
      await server.stop()
    },
  }
}

describe('a file of 1 GB, up and down', () => {
  test.for([
    ['s3', s3],
    ['azure-blob', azure],
  ] as const)('takes little memory: %s', { timeout: 300_000 }, async ([folder, open], { skip }) => {
    const place = await open()
    if ('skipped' in place) return skip(place.skipped)
    try {
      // Without its length it goes in parts, which are all alike: a quarter shows it.
      for (const [bytes, ...announced] of [[gigabyte, 'announced'], [gigabyte / 4]]) {
        const args = [program, folder, JSON.stringify(place.config), String(bytes), ...announced.map(String)]
        const { stdout } = await run(process.execPath, args)
        const { whole, megabytes } = JSON.parse(stdout)
        expect(whole).toBe(true)
        expect(megabytes).toBeLessThan(mostMegabytes)
      }
    } finally {
      await place.close()
    }
  })
})
