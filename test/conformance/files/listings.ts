import { beforeAll, describe, expect, it } from 'vitest'
import type { Storage } from './open-storage.js'

const tree = ['a.csv', 'b.txt', 'c-d.csv', 'c/one.csv', 'c/two.txt', 'c/e/deep.csv', 'z/last.txt']

export function listings(storage: Storage): void {
  const paths = async (query: string): Promise<string[]> => {
    const reply = await storage.api.get(`l/${query}`)
    expect(reply.status, reply.text).toBe(200)
    return reply.body.resource.map((entry: { path: string }) => entry.path.slice(2))
  }
  describe('listings', () => {
    beforeAll(async () => {
      try {
        for (const path of tree)
          await storage.api.put(`l/${path}`, path, { 'content-type': 'application/octet-stream' })
      } catch {
        // The storage is not to be had: each test says so.
      }
    })

    it('lists a folder with what is known of each entry', async () => {
      const reply = await storage.api.get('l/')
      expect(reply.body.resource.map((entry: { path: string }) => entry.path).sort()).toEqual([
        'l/a.csv',
        'l/b.txt',
        'l/c-d.csv',
        'l/c/',
        'l/z/',
      ])
      const file = reply.body.resource.find((entry: { path: string }) => entry.path === 'l/a.csv')
      expect(file).toMatchObject({ name: 'a.csv', type: 'file', content_length: 5 })
      expect(file.content_type).toMatch(/csv/)
      if (storage.backend.can.listedTimes !== false) expect(Date.parse(file.last_modified)).toBeGreaterThan(0)
      expect(reply.body.meta).toEqual({})
    })

    it('lists the root with and without its slash', async () => {
      for (const url of ['', '/']) {
        const response = await fetch(`${storage.gateway.url}/api/v2/files${url}?as_list=true`, {
          headers: { 'x-api-key': storage.gateway.key('admin') },
        })
        const { resource } = (await response.json()) as { resource: string[] }
        expect(resource).toContain('l/')
      }
    })

    it('lists the full tree, files or folders alone', async () => {
      expect((await paths('?full_tree=true&include_folders=false')).sort()).toEqual([...tree].sort())
      expect((await paths('?full_tree=true&include_files=false')).sort()).toEqual(['c/', 'c/e/', 'z/'])
      expect((await paths('?include_folders=false')).sort()).toEqual(['a.csv', 'b.txt', 'c-d.csv'])
      expect((await storage.api.get('l/?include_folders=false&include_files=false')).status).toBe(400)
    })

    it('searches by glob', async () => {
      expect((await paths('?search=*.csv')).sort()).toEqual(['a.csv', 'c-d.csv'])
      expect((await paths('?search=*.csv&full_tree=true')).sort()).toEqual([
        'a.csv',
        'c-d.csv',
        'c/e/deep.csv',
        'c/one.csv',
      ])
      expect((await paths('?search=c/*&full_tree=true&include_folders=false')).sort()).toEqual([
        'c/one.csv',
        'c/two.txt',
      ])
      expect(
        (await paths(`?search=${encodeURIComponent('c/**')}&full_tree=true&include_folders=false`)).sort(),
      ).toEqual(['c/e/deep.csv', 'c/one.csv', 'c/two.txt'])
      expect(await paths('?search=%3F.txt')).toEqual(['b.txt'])
      expect(await paths('?search=[ab].csv')).toEqual([])
    })

    it('pages by cursor, each entry once, also while entries go and come', async () => {
      const seen: string[] = []
      let cursor = ''
      for (let page = 0; page < 20; page++) {
        const reply = await storage.api.get(`l/?full_tree=true&include_folders=false&as_list=true&limit=2${cursor}`)
        expect(reply.status, reply.text).toBe(200)
        expect(reply.body.resource.length).toBeLessThanOrEqual(2)
        seen.push(...reply.body.resource)
        // What was seen may go: all of the first page, and a part of the second.
        const gone = page === 0 ? reply.body.resource : page === 1 ? reply.body.resource.slice(0, 1) : []
        for (const path of gone) await storage.api.send('DELETE', path)
        if (reply.body.meta.next_cursor === undefined) break
        cursor = `&cursor=${reply.body.meta.next_cursor}`
      }
      expect(seen.sort()).toEqual(tree.map((path) => `l/${path}`).sort())
      await storage.api.put('l/a.csv', 'a.csv')
      for (const path of tree)
        if ((await storage.api.get(`l/${path}`)).status === 404) await storage.api.put(`l/${path}`, path)
    })

    it('refuses a cursor that is not of the listing', async () => {
      const reply = await storage.api.get('l/?limit=1')
      const { next_cursor } = reply.body.meta
      expect((await storage.api.get(`l/?limit=1&full_tree=true&cursor=${next_cursor}`)).status).toBe(400)
      expect((await storage.api.get(`?limit=1&cursor=${next_cursor}`)).status).toBe(400)
      expect((await storage.api.get('l/?cursor=AAAA')).status).toBe(400)
      // Names inside it are for nobody to read.
      expect(Buffer.from(next_cursor, 'base64url').toString('latin1')).not.toContain('a.csv')
    })

    it('pages through many files', { timeout: 240_000 }, async () => {
      const { many = 600 } = storage.backend
      const resource = Array.from({ length: many }, (_, i) => ({ name: `file-${i}.txt`, content: String(i) }))
      const made = await storage.api.send('POST', 'many/', JSON.stringify({ resource }), {
        'content-type': 'application/json',
      })
      expect(made.status, made.text).toBe(200)
      const seen = new Set<string>()
      let cursor = ''
      do {
        const { body } = await storage.api.get(`many/?limit=70&as_list=true${cursor}`)
        for (const path of body.resource) seen.add(path)
        cursor = body.meta.next_cursor === undefined ? '' : `&cursor=${body.meta.next_cursor}`
      } while (cursor !== '')
      expect(seen.size).toBe(many)
      await storage.api.send('DELETE', 'many/?force=true')
    })

    it('does not show what is being uploaded', async () => {
      const listed = await storage.api.get('?full_tree=true&as_list=true&limit=1000')
      expect(listed.body.resource.filter((path: string) => path.includes('.gatehouse'))).toEqual([])
      expect((await storage.api.get('.gatehouse-work/')).status).toBe(400)
    })
  })
}
