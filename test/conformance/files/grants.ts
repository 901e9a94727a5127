import { beforeAll, describe, expect, it } from 'vitest'
import { readZip } from '../../harness/zip.js'
import type { Storage } from './open-storage.js'

const files = [
  'reports/2026/january.csv',
  'reports/2026/february.csv',
  'reports/index.txt',
  'hidden/secret.txt',
  'inbox/old.txt',
  'open.txt',
]

export function grants(storage: Storage): void {
  const tree = async (role: string, folder = ''): Promise<string[]> => {
    const reply = await storage.as(role).get(`${folder}?full_tree=true&as_list=true&limit=1000`)
    expect(reply.status, reply.text).toBe(200)
    return reply.body.resource.sort()
  }
  describe('grants by path', () => {
    beforeAll(async () => {
      try {
        for (const path of files) await storage.api.put(`g/${path}`, path)
      } catch {
        // The storage is not to be had: each test says so.
      }
    })

    it('shows what is granted, with the folders that lead to it', async () => {
      const reports = [
        'g/reports/2026/',
        'g/reports/2026/february.csv',
        'g/reports/2026/january.csv',
        'g/reports/index.txt',
      ]
      expect((await tree('reports')).filter((path) => path !== 'g/reports/presign.txt')).toEqual([
        'g/',
        'g/reports/',
        ...reports,
      ])
      expect((await storage.as('reports').get('?as_list=true')).body.resource).toEqual(['g/'])
      expect((await storage.as('reports').get('g/?as_list=true')).body.resource).toEqual(['g/reports/'])
      expect(await tree('deep')).toEqual(['g/', 'g/reports/', 'g/reports/2026/', 'g/reports/2026/january.csv'])
      expect((await storage.as('deep').get('g/reports/2026/february.csv')).status).toBe(404)
    })

    it('hides a folder in every way to look at it', async () => {
      const half = storage.as('half')
      expect((await tree('half')).filter((path) => path.includes('hidden'))).toEqual([])
      expect((await half.get('?search=*secret*&full_tree=true')).body.resource).toEqual([])
      expect((await half.get(`?search=${encodeURIComponent('**hidden**')}&full_tree=true`)).body.resource).toEqual([])
      for (const path of [
        'g/hidden/',
        'g/hidden/secret.txt',
        'g/hidden/?zip=true',
        'g/hidden/?include_properties=true',
      ]) {
        expect((await half.get(path)).status, path).toBe(404)
      }
      const names = [...(await readZip((await half.get('g/?zip=true')).bytes)).keys()]
      expect(names).toContain('open.txt')
      expect(names.filter((name) => name.includes('hidden'))).toEqual([])
      // The same words as for what does not exist.
      const unseen = await half.get('g/hidden/secret.txt')
      const absent = await half.get('g/hidden/absent.txt')
      expect(unseen.body.error.message.replace('secret', 'absent')).toBe(absent.body.error.message)
    })

    it('counts nothing hidden into pages', async () => {
      const half = storage.as('half')
      const seen: string[] = []
      let cursor = ''
      do {
        const { body } = await half.get(`g/?full_tree=true&as_list=true&limit=1${cursor}`)
        expect(body.resource).toHaveLength(1)
        seen.push(...body.resource)
        cursor = body.meta.next_cursor === undefined ? '' : `&cursor=${body.meta.next_cursor}`
      } while (cursor !== '')
      expect(seen.sort()).toEqual(await tree('half', 'g/'))
    })

    it('tells reading, creating, replacing and deleting apart', async () => {
      const status = async (role: string, method: string, path: string) =>
        (await storage.as(role).send(method, path, method === 'PUT' ? 'x' : undefined)).status
      expect(await status('reports', 'PUT', 'g/reports/new.txt')).toBe(403)
      expect(await status('reports', 'DELETE', 'g/reports/index.txt')).toBe(403)
      expect(await status('creator', 'PUT', 'g/inbox/fresh.txt')).toBe(200)
      expect(await status('creator', 'PUT', 'g/inbox/old.txt')).toBe(403)
      expect((await storage.api.get('g/inbox/old.txt')).text).toBe('inbox/old.txt')
      expect(await status('updater', 'PUT', 'g/inbox/none.txt')).toBe(403)
      expect((await storage.api.get('g/inbox/none.txt')).status).toBe(404)
      expect(await status('updater', 'PUT', 'g/inbox/old.txt')).toBe(200)
      expect(await status('dropper', 'PUT', 'g/inbox/dropped.txt')).toBe(200)
      expect(await status('dropper', 'GET', 'g/inbox/dropped.txt')).toBe(403)
      expect(await status('creator', 'PUT', 'g/other.txt')).toBe(403)
      expect(await status('creator', 'DELETE', 'g/inbox/fresh.txt')).toBe(403)
    })

    it('a grant with a row policy allows nothing here', async () => {
      expect((await storage.as('policy').get('g/open.txt')).status).toBe(404)
      expect((await storage.as('policy').get('?as_list=true')).body?.resource ?? []).toEqual([])
    })

    it('a copy needs reading there and writing here', async () => {
      const copy = async (role: string, to: string, from: string, more = '') =>
        (await storage.as(role).send('PUT', `${to}?source_path=${encodeURIComponent(from)}${more}`)).status
      expect(await copy('copier', 'g/copies/a.txt', 'g/reports/index.txt')).toBe(200)
      expect(await copy('copier', 'g/copies/b.txt', 'g/hidden/secret.txt')).toBe(404)
      expect(await copy('copier', 'g/reports/c.txt', 'g/copies/a.txt')).toBe(403)
      expect(await copy('copier', 'g/copies/d.txt', 'g/reports/index.txt', '&delete_source=true')).toBe(403)
      expect(await copy('half', 'g/copies/', 'g/reports/')).toBe(403)
      expect(await copy('copier', 'g/copies/tree/', 'g/reports/')).toBe(200)
      expect((await storage.api.get('g/copies/tree/2026/january.csv')).text).toBe('reports/2026/january.csv')
    })

    it('a folder goes only with all that may be in it', async () => {
      const keeper = storage.as('keeper')
      expect((await keeper.send('DELETE', 'g/reports/?force=true')).status).toBe(403)
      expect(
        (await keeper.send('PUT', `g/away/?source_path=${encodeURIComponent('g/reports/')}&delete_source=true`)).status,
      ).toBe(403)
      expect((await storage.api.get('g/reports/2026/january.csv')).status).toBe(200)
    })
  })
}
