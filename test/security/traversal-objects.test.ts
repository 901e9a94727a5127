import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { azureBlob } from '../backends/azure-blob.js'
import type { OpenFileBackend } from '../backends/file-backend.js'
import { s3rver, swift } from '../backends/s3.js'
import { createFileApi } from '../harness/file-api.js'
import { type RunningGateway, startGateway } from '../harness/running-gateway.js'
import { request, sendRaw } from './raw-http.js'
import { wirePaths } from './traversal.js'

const secret = 'TOP-SECRET-OUTSIDE'

// `files` is what is below a folder of the storage, `whole` all of it.
describe.each([swift, s3rver, azureBlob])('paths that lead out of the root: $name', (backend) => {
  let open: OpenFileBackend | undefined
  let gateway: RunningGateway | undefined
  let skipped = ''
  beforeAll(async () => {
    const opened = await backend.open()
    if ('skipped' in opened) {
      skipped = opened.skipped
      return
    }
    open = opened
    const { root, ...whole } = opened.service
    gateway = await startGateway({ services: { files: { ...whole, root: root ?? 'served' }, whole } })
    const all = createFileApi(gateway.url, gateway.key('admin'), 'whole')
    for (const path of ['outside.txt', 'etc/passwd', 'served2/outside.txt', 'servedoutside.txt']) {
      expect((await all.put(path, secret)).status).toBeLessThan(300)
    }
    const files = createFileApi(gateway.url, gateway.key('admin'), 'files')
    expect((await files.put('folder/inside.txt', 'x')).status).toBeLessThan(300)
  })
  afterAll(async () => {
    await gateway?.close()
    await open?.close()
  })

  it.for(['GET', 'PUT', 'DELETE'])('%s, as raw HTTP', { timeout: 240_000 }, async (method, { skip }) => {
    if (!gateway) return skip(skipped)
    const { url, key } = gateway
    const outside = async () => {
      const all = createFileApi(url, key('admin'), 'whole')
      const { body } = await all.get('?full_tree=true&as_list=true&limit=1000')
      const paths: string[] = body.resource.filter((path: string) => !path.startsWith('served/'))
      const files = paths.filter((path) => !path.endsWith('/'))
      return JSON.stringify([paths, await Promise.all(files.map(async (path) => (await all.get(path)).text))])
    }
    expect(wirePaths.length).toBeGreaterThanOrEqual(200)
    const before = await outside()
    expect(before.split(secret)).toHaveLength(5)
    const served: string[] = []
    const left = wirePaths.values()
    const lane = async () => {
      for (const path of left) {
        const body = method === 'PUT' ? 'overwritten' : ''
        const head = {
          Host: 'localhost',
          'X-API-Key': key('admin'),
          Connection: 'close',
          'Content-Length': String(body.length),
        }
        const line = `${method} /api/v2/files/${Buffer.from(path).toString('latin1')}`
        const { status, text } = await sendRaw(url, request(line, head, body), 5000)
        if (text.includes(secret)) served.push(path)
        expect(status, line).not.toBe(500)
      }
    }
    await Promise.all(Array.from({ length: 8 }, lane))
    expect(served).toEqual([])
    expect(await outside()).toBe(before)
  })
})
