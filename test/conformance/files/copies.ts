import { describe, expect, it } from 'vitest'
import type { Storage } from './open-storage.js'

export function copies(storage: Storage): void {
  const copy = (to: string, from: string, more = '') =>
    storage.api.send('PUT', `${to}?source_path=${encodeURIComponent(from)}${more}`)
  describe('copies and moves', () => {
    it('copies and moves a file', async () => {
      await storage.api.put('c/from.txt', 'content', { 'content-type': 'text/plain' })
      const copied = await copy('c/new/to.txt', 'c/from.txt')
      expect(copied.status, copied.text).toBe(200)
      expect(copied.body).toMatchObject({ path: 'c/new/to.txt', content_length: 7, created: true })
      expect((await storage.api.get('c/new/to.txt')).text).toBe('content')
      expect((await storage.api.get('c/from.txt')).text).toBe('content')
      const moved = await copy('c/moved.txt', 'c/from.txt', '&delete_source=true')
      expect(moved.status, moved.text).toBe(200)
      expect((await storage.api.get('c/moved.txt')).text).toBe('content')
      expect((await storage.api.get('c/from.txt')).status).toBe(404)
    })

    it('replaces what is there unless it is told not to', async () => {
      await storage.api.put('c/a.txt', 'a')
      await storage.api.put('c/b.txt', 'b')
      expect((await copy('c/b.txt', 'c/a.txt', '&check_exist=true')).status).toBe(409)
      expect((await copy('c/b.txt', 'c/a.txt')).body).toMatchObject({ created: false })
      expect((await storage.api.get('c/b.txt')).text).toBe('a')
    })

    it('copies and moves a folder with all that is in it', async () => {
      for (const path of ['1.txt', 'sub/2.txt', 'sub/deep/3.txt']) await storage.api.put(`c/tree/${path}`, path)
      const copied = await copy('c/twin/', 'c/tree/')
      expect(copied.status, copied.text).toBe(200)
      expect(copied.body).toMatchObject({ path: 'c/twin/', files: 3 })
      expect((await storage.api.get('c/twin/sub/deep/3.txt')).text).toBe('sub/deep/3.txt')
      expect((await storage.api.get('c/tree/1.txt')).text).toBe('1.txt')
      const moved = await copy('c/elsewhere/', 'c/twin/', '&delete_source=true')
      expect(moved.status, moved.text).toBe(200)
      expect((await storage.api.get('c/elsewhere/sub/2.txt')).text).toBe('sub/2.txt')
      expect((await storage.api.get('c/twin/')).status).toBe(404)
    })

    it('refuses what makes no sense', async () => {
      await storage.api.put('c/sense/a.txt', 'a')
      expect((await copy('c/x.txt', 'c/absent.txt')).status).toBe(404)
      expect((await copy('c/x/', 'c/absent/')).status).toBe(404)
      expect((await copy('c/x/', 'c/sense/a.txt')).status).toBe(400)
      expect((await copy('c/sense/', 'c/sense/')).status).toBe(400)
      expect((await copy('c/sense/inside/', 'c/sense/')).status).toBe(400)
      expect((await copy('c/x.txt', '../etc/passwd')).status).toBe(400)
    })
  })
}
