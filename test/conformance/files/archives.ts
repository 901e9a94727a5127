import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { readZip, writeZip, type ZipEntry } from '../../harness/zip.js'
import type { Storage } from './open-storage.js'

export function archives(storage: Storage): void {
  const extract = async (folder: string, entries: readonly ZipEntry[], more = '') =>
    storage.api.send('POST', `${folder}?extract=true${more}`, await writeZip(entries), {
      'content-type': 'application/zip',
    })
  describe('archives', () => {
    it('answers a folder as a zip', async () => {
      await storage.api.put('z/a.txt', 'alpha')
      await storage.api.put('z/sub/b.bin', Buffer.alloc(100_000, 7))
      const reply = await storage.api.get('z/?zip=true')
      expect(reply.status).toBe(200)
      expect(reply.headers.get('content-type')).toBe('application/zip')
      const files = await readZip(reply.bytes)
      expect(files.get('a.txt')?.toString()).toBe('alpha')
      expect(files.get('sub/b.bin')).toHaveLength(100_000)
      expect((await storage.api.get('z/none/?zip=true')).status).toBe(404)
    })

    it('unpacks a zip', async () => {
      const reply = await extract('z/in/', [
        { name: 'one.txt', content: 'one' },
        { name: 'folder/', content: '' },
        { name: 'folder/two.txt', content: 'two' },
      ])
      expect(reply.status, reply.text).toBe(200)
      expect(reply.body).toMatchObject({ path: 'z/in/', type: 'folder', files: 2 })
      expect((await storage.api.get('z/in/folder/two.txt')).text).toBe('two')
      expect((await extract('z/in/', [{ name: 'one.txt', content: 'new' }], '&check_exist=true')).status).toBe(409)
      expect((await storage.api.get('z/in/one.txt')).text).toBe('one')
    })

    it.each([
      ['a path upwards', '../up.txt'],
      ['a path upwards inside', 'a/../../up.txt'],
      ['an absolute path', '/etc/up.txt'],
      ['a backslash', '..\\up.txt'],
      ['a drive', 'c:/up.txt'],
      ['a NUL', 'a\0.txt'],
      ['an encoded path', '%2e%2e/up.txt'],
      ['a reserved name', 'sub/CON'],
      ['our own temporary name', '.gatehouse-work/x'],
      ['a dot', './up.txt'],
    ])('refuses a zip with %s, and writes nothing of it', async (_what, name) => {
      const reply = await extract('z/refused/', [
        { name: 'before.txt', content: 'x' },
        { name, content: 'x' },
      ])
      expect(reply.status, reply.text).toBe(400)
      expect((await storage.api.get('z/refused/before.txt')).status).toBe(404)
      expect((await storage.api.get('z/up.txt')).status).toBe(404)
    })

    it('refuses links, twins, bombs and what is no zip', async () => {
      const refused = async (entries: readonly ZipEntry[]) => (await extract('z/refused/', entries)).status
      expect(await refused([{ name: 'link', content: '/etc/passwd', mode: 0o120777 }])).toBe(400)
      expect(
        await refused([
          { name: 'Twin.txt', content: '1' },
          { name: 'twin.TXT', content: '2' },
        ]),
      ).toBe(400)
      const zeros = Buffer.alloc(7 * 1024 * 1024)
      expect(
        await refused([
          { name: 'a', content: zeros },
          { name: 'b', content: zeros },
        ]),
      ).toBe(413)
      expect(await refused([{ name: 'large', content: Buffer.alloc(9 * 1024 * 1024) }])).toBe(413)
      const many = Array.from({ length: 10_001 }, (_, i) => ({ name: `f${i}`, content: '' }))
      expect(await refused(many)).toBe(413)
      const junk = await storage.api.send('POST', 'z/refused/?extract=true', 'no zip at all')
      expect(junk.status).toBe(400)
      const whole = await writeZip([{ name: 'a.txt', content: 'x'.repeat(5000) }])
      const broken = Buffer.from(whole)
      broken.fill(0xff, 40, 60)
      expect((await storage.api.send('POST', 'z/refused/?extract=true', broken)).status).toBe(400)
      const listed = await storage.api.get('z/?full_tree=true&as_list=true')
      expect(
        listed.body.resource.filter((path: string) => path.startsWith('z/refused/') && !path.endsWith('/')),
      ).toEqual([])
    })
  })
}
