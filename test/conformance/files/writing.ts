import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Storage } from './open-storage.js'

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

export function writing(storage: Storage): void {
  const { can } = storage.backend
  describe('writing', () => {
    it('creates a file with its folders, and gives it back', async () => {
      const made = await storage.api.put('w/one/two/file.txt', 'hello')
      expect(made.status, made.text).toBe(200)
      expect(made.body).toMatchObject({
        path: 'w/one/two/file.txt',
        name: 'file.txt',
        type: 'file',
        content_length: 5,
        created: true,
      })
      const got = await storage.api.get('w/one/two/file.txt')
      expect(got.status).toBe(200)
      expect(got.text).toBe('hello')
      expect(got.headers.get('content-type')).toMatch(/^text\/plain/)
    })

    it('replaces a file as a whole', async () => {
      await storage.api.put('w/replace.txt', 'a long first version')
      const again = await storage.api.put('w/replace.txt', 'short')
      expect(again.body).toMatchObject({ created: false, content_length: 5 })
      expect((await storage.api.get('w/replace.txt')).text).toBe('short')
    })

    it('keeps every byte of every size', async () => {
      for (const size of [0, 1, 4095, 65_536, 3_000_001]) {
        const bytes = Buffer.alloc(size, Buffer.from(Array.from({ length: 256 }, (_, i) => (i * 7) % 256)))
        const made = await storage.api.put(`w/size-${size}.bin`, bytes)
        expect(made.status, made.text).toBe(200)
        expect(made.body.content_length).toBe(size)
        const got = await storage.api.get(`w/size-${size}.bin`)
        expect(got.headers.get('content-length')).toBe(String(size))
        expect(digest(got.bytes)).toBe(digest(bytes))
      }
    })

    it('takes names of every language, with blanks and signs', async () => {
      const names = [
        'größe.txt',
        '日本語.txt',
        'a b.txt',
        "o'brien & co.txt",
        'a+b=c.txt',
        '100%.txt',
        '#1.txt',
        '(a)[b]{c}.txt',
        '.hidden',
        'ä̈.txt',
        'q?.txt',
        '😀.txt',
      ]
      const possible = names.filter((name) => !storage.backend.cannotName?.test(name))
      expect(possible.length).toBeGreaterThan(8)
      for (const name of possible) {
        const put = await encoded(storage, 'PUT', `w/names/${name}`, name)
        expect(put.status, `${name}: ${put.text}`).toBe(200)
        expect((await encoded(storage, 'GET', `w/names/${name}`)).text).toBe(name)
      }
      const listed = await storage.api.get('w/names/?as_list=true')
      expect([...listed.body.resource].sort()).toEqual(possible.map((name) => `w/names/${name}`).sort())
    })

    it('takes a stream without a length', async () => {
      const stream = new ReadableStream({
        async start(controller) {
          for (let i = 0; i < 50; i++) controller.enqueue(Buffer.from(`line ${i}\n`))
          controller.close()
        },
      })
      const made = await storage.api.put('w/stream.txt', stream)
      expect(made.status, made.text).toBe(200)
      expect((await storage.api.get('w/stream.txt')).text.split('\n')).toHaveLength(51)
    })

    it('refuses what is larger than the service takes, and leaves what was there', async () => {
      await storage.api.put('w/large.bin', 'small')
      const large = Buffer.alloc(9 * 1024 * 1024)
      const said = await storage.api.put('w/large.bin', large)
      expect(said.status).toBe(413)
      const stream = new ReadableStream({
        pull(controller) {
          if (sent++ < 9) controller.enqueue(Buffer.alloc(1024 * 1024))
          else controller.close()
        },
      })
      let sent = 0
      const found = await storage.api.put('w/large.bin', stream).catch(() => ({ status: 413 }))
      expect(found.status).toBe(413)
      if (can.atomicWrite) expect((await storage.api.get('w/large.bin')).text).toBe('small')
    })

    it('writes on conditions', async () => {
      const first = await storage.api.put('w/condition.txt', 'one', { 'if-none-match': '*' })
      expect(first.status, first.text).toBe(200)
      expect((await storage.api.put('w/condition.txt', 'two', { 'if-none-match': '*' })).status).toBe(412)
      expect((await storage.api.put('w/condition.txt?check_exist=true', 'two')).status).toBe(409)
      const tag = (await storage.api.get('w/condition.txt')).headers.get('etag') ?? ''
      expect(tag).toMatch(/^".+"$/)
      expect((await storage.api.put('w/condition.txt', 'two', { 'if-match': '"other"' })).status).toBe(412)
      expect((await storage.api.put('w/condition.txt', 'longer two', { 'if-match': tag })).status).toBe(200)
      expect((await storage.api.get('w/condition.txt')).text).toBe('longer two')
      expect((await storage.api.put('w/condition.txt', 'three', { 'if-match': tag })).status).toBe(412)
      expect((await storage.api.put('w/absent.txt', 'x', { 'if-match': '*' })).status).toBe(412)
      expect((await storage.api.get('w/absent.txt')).status).toBe(404)
    })

    it('lets one of many writers create a file', async (context) => {
      if (!can.onlyOneCreates) context.skip(`${storage.backend.name} checks conditions before it writes`)
      const replies = await Promise.all(
        Array.from({ length: 12 }, (_, i) => storage.api.put('w/race.txt', `writer ${i}`, { 'if-none-match': '*' })),
      )
      expect(replies.map((reply) => reply.status).sort()).toEqual([200, ...Array.from({ length: 11 }, () => 412)])
    })

    it('answers 409 for a file where a folder is, and the reverse', async () => {
      await storage.api.put('w/shape/file.txt', 'x')
      if (can.folders) expect((await storage.api.put('w/shape', 'x')).status).toBe(409)
      if (can.folders) expect((await storage.api.put('w/shape/file.txt/below.txt', 'x')).status).toBe(409)
      expect((await storage.api.get('w/shape/file.txt')).text).toBe('x')
    })

    it('makes no folder where a file is', async (context) => {
      if (!can.folders) context.skip(`${storage.backend.name} has keys: a file and a folder of one name can both be`)
      await storage.api.put('w/shape/file.txt', 'x')
      for (const path of ['w/shape/file.txt/', 'w/shape/file.txt/?check_exist=true', 'w/shape/file.txt/below/']) {
        const reply = await storage.api.send('POST', path)
        expect(reply.status, `${path} ${reply.text}`).toBe(409)
        expect(reply.body.error).toMatchObject({ code: 'conflict', message: expect.stringContaining('file') })
      }
      expect((await storage.api.get('w/shape/file.txt')).text).toBe('x')
    })

    it('makes folders', async () => {
      const made = await storage.api.send('POST', 'w/folder/inside/')
      expect(made.status, made.text).toBe(200)
      expect(made.body).toMatchObject({ path: 'w/folder/inside/', type: 'folder', created: true })
      expect((await storage.api.send('POST', 'w/folder/inside/')).body).toMatchObject({ created: false })
      expect((await storage.api.send('POST', 'w/folder/inside/?check_exist=true')).status).toBe(409)
      const listed = await storage.api.get('w/folder/')
      expect(listed.body.resource).toMatchObject([{ path: 'w/folder/inside/', type: 'folder' }])
    })

    it('takes several files in a form', async () => {
      const form = new FormData()
      form.append('a', new Blob(['first'], { type: 'text/plain' }), 'first.txt')
      form.append('note', 'not a file')
      form.append('b', new Blob([Buffer.alloc(200_000, 1)]), 'second.bin')
      const made = await storage.api.send('POST', 'w/form/', form)
      expect(made.status, made.text).toBe(200)
      expect(made.body.resource).toMatchObject([
        { path: 'w/form/first.txt', content_length: 5 },
        { path: 'w/form/second.bin', content_length: 200_000 },
      ])
      expect((await storage.api.get('w/form/second.bin')).bytes).toHaveLength(200_000)
      const one = new FormData()
      one.append('file', new Blob(['mine']), 'other-name.txt')
      expect((await storage.api.put('w/form/own.txt', one)).status).toBe(200)
      expect((await storage.api.get('w/form/own.txt')).text).toBe('mine')
    })

    it('takes small files as JSON', async () => {
      const resource = [
        { name: 'json', type: 'folder' },
        { name: 'json/text.txt', content: 'ä text' },
        { name: 'json/bytes.bin', content: Buffer.from([0, 255, 128]).toString('base64'), encoding: 'base64' },
      ]
      const made = await storage.api.send('POST', 'w/', JSON.stringify({ resource }), {
        'content-type': 'application/json',
      })
      expect(made.status, made.text).toBe(200)
      expect(made.body.resource).toHaveLength(3)
      expect((await storage.api.get('w/json/text.txt')).text).toBe('ä text')
      expect([...(await storage.api.get('w/json/bytes.bin')).bytes]).toEqual([0, 255, 128])
      const bad = [
        { name: 'json/good.txt', content: 'x' },
        { name: '../bad.txt', content: 'x' },
      ]
      const failed = await storage.api.send('POST', 'w/', JSON.stringify(bad), { 'content-type': 'application/json' })
      expect(failed.status).toBe(400)
      expect(failed.body.error).toMatchObject({ code: 1000, context: { error: [1] } })
    })

    it('deletes files and folders', async () => {
      await storage.api.put('w/gone/a/b.txt', 'x')
      expect((await storage.api.send('DELETE', 'w/gone/')).status).toBe(409)
      expect((await storage.api.send('DELETE', 'w/gone/a/b.txt', undefined, { 'if-match': '"other"' })).status).toBe(
        412,
      )
      expect((await storage.api.send('DELETE', 'w/gone/a/b.txt')).status).toBe(200)
      expect((await storage.api.send('DELETE', 'w/gone/a/b.txt')).status).toBe(404)
      await storage.api.put('w/gone/a/b.txt', 'x')
      expect((await storage.api.send('DELETE', 'w/gone/?force=true')).status).toBe(200)
      expect((await storage.api.get('w/gone/')).status).toBe(404)
      expect((await storage.api.get('w/gone/a/b.txt')).status).toBe(404)
      expect((await storage.api.send('DELETE', 'w/gone/?force=true')).status).toBe(404)
    })

    it('keeps properties where the storage has them', async () => {
      await storage.api.put('w/properties.txt', 'x')
      const body = JSON.stringify({ content_type: 'text/x-note', metadata: { owner: 'ada', year: '2026' } })
      const reply = await storage.api.send('PATCH', 'w/properties.txt', body, { 'content-type': 'application/json' })
      if (!can.metadata) {
        expect(reply.status).toBe(405)
        return
      }
      expect(reply.status, reply.text).toBe(200)
      const got = await storage.api.get('w/properties.txt?include_properties=true')
      expect(got.body).toMatchObject({ content_type: 'text/x-note', metadata: { owner: 'ada', year: '2026' } })
      const more = JSON.stringify({ metadata: { year: '2027' } })
      await storage.api.send('PATCH', 'w/properties.txt', more, { 'content-type': 'application/json' })
      const after = await storage.api.get('w/properties.txt?include_properties=true')
      expect(after.body).toMatchObject({ content_type: 'text/x-note', metadata: { owner: 'ada', year: '2027' } })
      expect((await storage.api.get('w/properties.txt')).text).toBe('x')
    })
  })
}

/** With the whole path encoded, question marks too. */
async function encoded(storage: Storage, method: string, path: string, body?: string) {
  const response = await fetch(
    `${storage.gateway.url}/api/v2/files/${path.split('/').map(encodeURIComponent).join('/')}`,
    {
      method,
      headers: { 'x-api-key': storage.gateway.key('admin') },
      ...(body !== undefined && { body }),
    },
  )
  return { status: response.status, text: await response.text() }
}
