import { describe, expect, it } from 'vitest'
import type { Storage } from './open-storage.js'

const text = '0123456789'.repeat(1000)

export function reading(storage: Storage): void {
  const { can } = storage.backend
  describe('reading', () => {
    it('answers ranges with 206, and 416 beyond the end', async () => {
      await storage.api.put('r/range.txt', text)
      const part = async (range: string) => storage.api.get('r/range.txt', { range })
      const first = await part('bytes=0-9')
      expect(first.status).toBe(206)
      expect(first.text).toBe('0123456789')
      expect(first.headers.get('content-range')).toBe('bytes 0-9/10000')
      expect(first.headers.get('content-length')).toBe('10')
      expect((await part('bytes=9995-')).text).toBe('56789')
      expect((await part('bytes=-3')).text).toBe('789')
      expect((await part('bytes=9998-20000')).headers.get('content-range')).toBe('bytes 9998-9999/10000')
      const beyond = await part('bytes=10000-')
      expect(beyond.status).toBe(416)
      expect(beyond.headers.get('content-range')).toBe('bytes */10000')
      // Several ranges, other units and nonsense are passed over.
      for (const range of ['bytes=0-1,4-5', 'lines=1-2', 'bytes=9-1', 'bytes=', 'bytes=-']) {
        const whole = await part(range)
        expect([whole.status, whole.bytes.length]).toEqual([200, 10_000])
      }
    })

    it('answers 304 for a copy that is current', async () => {
      await storage.api.put('r/tag.txt', 'one')
      const got = await storage.api.get('r/tag.txt')
      const tag = got.headers.get('etag') ?? ''
      expect(got.headers.get('accept-ranges')).toBe('bytes')
      expect(Date.parse(got.headers.get('last-modified') ?? '')).toBeGreaterThan(0)
      const same = await storage.api.get('r/tag.txt', { 'if-none-match': `"x", ${tag}` })
      expect([same.status, same.bytes.length, same.headers.get('etag')]).toEqual([304, 0, tag])
      expect((await storage.api.get('r/tag.txt', { 'if-none-match': '"x"' })).status).toBe(200)
      expect((await storage.api.get('r/tag.txt', { 'if-range': tag, range: 'bytes=0-0' })).status).toBe(206)
      expect((await storage.api.get('r/tag.txt', { 'if-range': '"x"', range: 'bytes=0-0' })).status).toBe(200)
      const since = got.headers.get('last-modified') ?? ''
      expect((await storage.api.get('r/tag.txt', { 'if-modified-since': since })).status).toBe(304)
      await storage.api.put('r/tag.txt', can.exactTags ? 'two' : 'longer')
      expect((await storage.api.get('r/tag.txt', { 'if-none-match': tag })).status).toBe(200)
    })

    it('answers HEAD with the headers alone', async () => {
      await storage.api.put('r/head.csv', 'a,b\n1,2\n', { 'content-type': 'text/csv' })
      const head = await storage.api.send('HEAD', 'r/head.csv')
      expect(head.status).toBe(200)
      expect(head.bytes).toHaveLength(0)
      expect(head.headers.get('content-length')).toBe('8')
      expect(head.headers.get('content-type')).toMatch(/^text\/csv/)
      expect((await storage.api.send('HEAD', 'r/absent.csv')).status).toBe(404)
    })

    it('answers properties as JSON', async () => {
      await storage.api.put('r/props/file.json', '{}')
      const file = await storage.api.get('r/props/file.json?include_properties=true')
      expect(file.body).toMatchObject({ path: 'r/props/file.json', type: 'file', content_length: 2 })
      expect(file.body.etag).toBeTruthy()
      const folder = await storage.api.get('r/props/?include_properties=true')
      expect(folder.body).toMatchObject({ path: 'r/props/', name: 'props', type: 'folder' })
      expect((await storage.api.get('r/none/?include_properties=true')).status).toBe(404)
    })

    it('never lets a stored page act as one of ours', async () => {
      const html = '<script>alert(document.cookie)</script>'
      for (const name of ['page.html', 'page.svg', 'page.xml', 'page.xhtml', 'page.js']) {
        await storage.api.put(`r/${name}`, html, { 'content-type': 'text/html' })
        const { headers } = await storage.api.get(`r/${name}`)
        expect(headers.get('x-content-type-options')).toBe('nosniff')
        expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/)
        expect(headers.get('content-disposition')).toMatch(/^attachment; filename="page\./)
      }
      await storage.api.put('r/ünï"code\r.txt'.replace('\r', ''), 'x')
      const odd = await storage.api.get('r/ünï"code.txt')
      expect(odd.headers.get('content-disposition')).toMatch(/^inline; filename="[\w .-]+"; filename\*=UTF-8''/)
      const saved = await storage.api.get('r/range.txt?download=true')
      expect(saved.headers.get('content-disposition')).toBe('attachment; filename="range.txt"')
    })

    it('answers 404 for what is not there', async () => {
      for (const path of ['r/absent.txt', 'r/absent/', 'r/absent/deeper.txt', 'r/range.txt/']) {
        expect((await storage.api.get(path)).status, path).toBe(404)
      }
    })

    it('makes URLs of the storage where it has them', async () => {
      await storage.api.put('r/presign.txt', 'signed')
      const reply = await storage.api.get('r/presign.txt?presign=true&expires=60')
      if (!can.presign) {
        expect(reply.status).toBe(400)
        return
      }
      expect(reply.status, reply.text).toBe(200)
      expect(await (await fetch(reply.body.url)).text()).toBe('signed')
      expect((await storage.as('reports').get('r/presign.txt?presign=true')).status).toBe(404)
      await storage.api.put('g/reports/presign.txt', 'signed')
      expect((await storage.as('reports').get('g/reports/presign.txt?presign=true')).status).toBe(403)
    })
  })
}
