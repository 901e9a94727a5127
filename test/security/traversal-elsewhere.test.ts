import type { JsonObject, JsonValue } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { azureBlob } from '../backends/azure-blob.js'
import type { OpenFileBackend } from '../backends/file-backend.js'
import { ftpExplicitTls } from '../backends/ftp.js'
import { s3rver, swift } from '../backends/s3.js'
import { sftp } from '../backends/sftp.js'
import { webdavBasic } from '../backends/webdav.js'
import { createFileApi } from '../harness/file-api.js'
import { startGateway } from '../harness/running-gateway.js'
import { serve } from '../harness/serve.js'
import { request, sendRaw } from './raw-http.js'
import { wirePaths } from './traversal.js'

const secret = 'TOP-SECRET-OUTSIDE'

/** The folder `served` of a storage as a service: by its key, or where a URL says the folder, by its path. */
function servedOf(whole: JsonObject, root: JsonValue | undefined): JsonObject {
  const { type, connection } = whole
  const byUrl = typeof connection === 'string' && /^(?:sftp|ftp|webdav)_file$/.test(String(type))
  return byUrl
    ? { ...whole, connection: `${connection.replace(/\/+$/, '')}/served` }
    : { ...whole, root: root ?? 'served' }
}

// `files` is what is below a folder of the storage, `whole` all of it.
describe.each([swift, s3rver, azureBlob, sftp, ftpExplicitTls, webdavBasic])(
  'paths that lead out of the root: $name',
  (backend) => {
    const start = async ({ service }: OpenFileBackend) => {
      const { root, ...whole } = service
      const maker = await startGateway({ services: { whole } })
      const made = await createFileApi(maker.url, maker.key('admin'), 'whole').put('served/folder/first.txt', 'x')
      expect(made.status, made.text).toBeLessThan(300)
      await maker.close()
      return startGateway({ services: { files: servedOf(whole, root), whole } })
    }
    const serving = serve(backend, start, async (gateway) => {
      const all = createFileApi(gateway.url, gateway.key('admin'), 'whole')
      for (const path of ['outside.txt', 'etc/passwd', 'served2/outside.txt', 'servedoutside.txt']) {
        const put = await all.put(path, secret)
        // ProFTPD lets nobody write below /etc.
        const elsewhere = put.status === 403 ? await all.put(`own/${path}`, secret) : put
        expect(elsewhere.status, elsewhere.text).toBeLessThan(300)
      }
      const files = createFileApi(gateway.url, gateway.key('admin'), 'files')
      expect((await files.put('folder/inside.txt', 'x')).status).toBeLessThan(300)
    })

    it.for(['GET', 'PUT', 'DELETE'])('%s, as raw HTTP', { timeout: 240_000 }, async (method) => {
      const { url, key } = serving.gateway
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
          const { status, text } = await sendRaw(url, request(line, head, body), { silenceMs: 5000 })
          if (text.includes(secret)) served.push(path)
          expect(status, line).not.toBe(500)
        }
      }
      await Promise.all(Array.from({ length: 8 }, lane))
      expect(served).toEqual([])
      expect(await outside()).toBe(before)
    })
  },
)
