import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { codeOf, get, never } from '../../files/testing/calls.js'
import { inParallel } from '../in-parallel.js'
import { type Check, type Opened, pagesOf, pathsOf, write } from './object-storage.js'

const names = [
  'two words.txt',
  'a+b=c&d.txt',
  '100% sure?.txt',
  '%41.txt',
  'q?x=1#part.txt',
  "it's (a) 'name'!.txt",
  'semi;colon,comma@at$.txt',
  'star*[x]{y}^|.txt',
  'äöü-日本-🎈.txt',
  '<tag>&amp;"quoted".txt',
  '-dash~',
]

/** What files and folders on an object storage are. */
export function objectFiles(check: Check): void {
  check('a file comes back as it was written, with its properties', async ({ driver }) => {
    const content = randomBytes(300_000)
    const metadata = { author: 'Jörg Müller', note: ' spaces around ', plain: 'x y' }
    const first = await write(driver, 'plain/content.bin', content, { size: content.length, metadata })
    expect(first).toMatchObject({
      created: true,
      entry: { path: 'plain/content.bin', type: 'file', size: 300_000, contentType: 'text/plain', metadata },
    })
    expect((await get(driver, 'plain/content.bin')).equals(content)).toBe(true)
    const found = await driver.stat('plain/content.bin', never)
    expect(found).toMatchObject({ ...first.entry, modified: expect.any(Date) })
    expect((await driver.read('plain/content.bin', { signal: never })).entry).toEqual(found)
    const [[listed] = []] = await pagesOf(driver, 'plain/', false, 10)
    expect(listed).toMatchObject({ path: 'plain/content.bin', size: 300_000, etag: first.entry.etag })
    const second = await write(driver, 'plain/content.bin', 'short')
    expect(second).toMatchObject({ created: false, entry: { size: 5 } })
    expect(second.entry.etag).not.toBe(first.entry.etag)
    expect(String(await get(driver, 'plain/content.bin'))).toBe('short')
  })

  check('content of every size, with and without its length', async ({ driver }) => {
    for (const size of [0, 1, 262_143, 262_144, 262_145, 5 * 1024 ** 2, 5 * 1024 ** 2 + 1, 17_000_000]) {
      const content = randomBytes(size)
      for (const more of [{ size }, {}]) {
        const chunks = async function* () {
          for (let at = 0; at < size; at += 100_000) yield content.subarray(at, at + 100_000)
        }
        const { entry } = await driver.write('sizes.bin', chunks(), { contentType: '', signal: never, ...more })
        expect(entry.size).toBe(size)
        expect((await get(driver, 'sizes.bin')).equals(content)).toBe(true)
        expect((await driver.stat('sizes.bin', never))?.etag).toBe(entry.etag)
      }
    }
  })

  check('names that need encoding', async ({ driver, storage }) => {
    for (const name of names) {
      const path = `names/in ${name}/${name}`
      await write(driver, path, name)
      expect(String(await get(driver, path))).toBe(name)
      expect(await driver.stat(path, never)).toMatchObject({ path, type: 'file' })
      expect(await pathsOf(driver, `names/in ${name}/`, false)).toEqual([path])
      expect(await storage.keys(`the/root/names/in ${name}/`)).toEqual([`the/root/${path}`])
      if (driver.presign) expect(await (await fetch(await driver.presign(path, 60))).text()).toBe(name)
    }
    expect((await pathsOf(driver, 'names/', true)).sort()).toEqual(
      names.flatMap((name) => [`names/in ${name}/`, `names/in ${name}/${name}`]).sort(),
    )
    for (const name of names) await driver.deleteFile(`names/in ${name}/${name}`, { signal: never })
    expect(await pathsOf(driver, 'names/', true)).toEqual([])
  })

  check('ranges', async ({ driver }) => {
    const content = randomBytes(1_000_000)
    await write(driver, 'ranges.bin', content)
    for (const [start, end] of [[0, 0], [0, 99], [1000, 900_000], [999_999], [5], [999_990, 99_999_999]] as const) {
      const part = await get(driver, 'ranges.bin', end === undefined ? { start } : { start, end })
      expect(part.equals(content.subarray(start, end === undefined ? undefined : end + 1))).toBe(true)
    }
    expect((await driver.read('ranges.bin', { range: { start: 3, end: 4 }, signal: never })).entry.size).toBe(1_000_000)
    expect(await codeOf(get(driver, 'ranges.bin', { start: 1_000_000 }))).toBe('range_not_satisfiable')
  })

  const listings =
    (limits: readonly number[]) =>
    async ({ driver }: Opened) => {
      for (const file of ['b/2', 'b/10', 'b/1', 'a.txt', 'a/z/deep.txt', 'a/y', 'c'])
        await write(driver, `tree/${file}`, file)
      await driver.createFolder('tree/empty/', never)
      const direct = ['a.txt', 'a/', 'b/', 'c', 'empty/'].map((path) => `tree/${path}`)
      const deep = [...direct, ...['a/y', 'a/z/', 'a/z/deep.txt', 'b/1', 'b/10', 'b/2'].map((path) => `tree/${path}`)]
      for (const limit of limits) {
        for (const [wanted, all] of [
          [direct, false],
          [deep, true],
        ] as const) {
          const pages = await pagesOf(driver, 'tree/', all, limit)
          expect(Math.max(...pages.map((page) => page.length))).toBeLessThanOrEqual(limit)
          const paths = pages.flat().map(({ path }) => path)
          expect([...paths].sort()).toEqual([...wanted].sort())
          for (const path of paths.filter((each) => each.endsWith('/'))) {
            const below = paths.findIndex((each) => each !== path && each.startsWith(path))
            if (below >= 0) expect(below).toBeGreaterThan(paths.indexOf(path))
          }
        }
      }
    }
  check('listings name files and folders, deep ones too', listings([100]))
  check('listings come in pages of any size', listings([1, 2, 3, 5]), 'pages')

  check('an empty listing, and one from nowhere', async ({ driver }) => {
    expect(await pathsOf(driver, 'nothing/', false)).toEqual([])
    const from = { deep: false, limit: 3, from: 'nonsense', signal: never }
    expect(await codeOf(driver.list('', from))).toBe('invalid')
  })

  check('a folder of many files: in pages, and gone at once', async ({ driver, storage }) => {
    const { many } = storage
    const files = Array.from({ length: many }, (_, i) => `the/root/many/${String(i).padStart(5, '0')}`)
    await inParallel(files, 32, never, (key) => storage.put(key, ''))
    const limit = Math.ceil(many / 4)
    const pages = await pagesOf(driver, 'many/', true, limit)
    expect(pages).toHaveLength(4)
    expect(Math.max(...pages.map((page) => page.length))).toBe(limit)
    expect(new Set(pages.flat().map(({ path }) => path)).size).toBe(many)
    await driver.deleteFolder('many/', never)
    expect(await storage.keys('the/root/many/')).toEqual([])
  })

  check('folders', async ({ driver }) => {
    expect(await driver.createFolder('made/deep/down/', never)).toBe(true)
    expect(await driver.createFolder('made/deep/down/', never)).toBe(false)
    for (const path of ['made/deep/', 'made/', '']) {
      expect(await driver.stat(path, never)).toMatchObject({ path, type: 'folder' })
    }
    expect(await driver.stat('made/deep', never)).toMatchObject({ path: 'made/deep/', type: 'folder' })
    await write(driver, 'made/deep/file', 'x')
    expect(await codeOf(get(driver, 'made/deep'))).toBe('conflict')
    expect(await codeOf(driver.deleteFile('made/deep', { signal: never }))).toBe('conflict')
    await driver.deleteFolder('made/', never)
    expect(await driver.stat('made/', never)).toBeUndefined()
  })

  check('what is not there', async ({ driver }) => {
    expect(await driver.stat('none', never)).toBeUndefined()
    expect(await driver.stat('none/', never)).toBeUndefined()
    expect(await codeOf(get(driver, 'none'))).toBe('not_found')
    expect(await codeOf(driver.deleteFile('none', { signal: never }))).toBe('not_found')
  })

  check('only what is below the root', async ({ driver, storage }) => {
    const [others, whole] = [await storage.driver({ root: 'the/root2' }), await storage.driver()]
    await write(others, 'kept', 'kept')
    await storage.put('the/rootless', 'kept')
    await write(driver, 'own', 'own')
    expect(await pathsOf(whole, 'the/', false)).toEqual(['the/root/', 'the/root2/', 'the/rootless'])
    expect(await pathsOf(others, '', true)).toEqual(['kept'])
    expect(await others.stat('own', never)).toBeUndefined()
    await driver.deleteFolder('', never)
    expect(await pathsOf(whole, 'the/', true)).toEqual(['the/root2/', 'the/root2/kept', 'the/rootless'])
    await whole.deleteFolder('', never)
    await Promise.all([others.close(), whole.close()])
  })

  check('conditions', async ({ driver }) => {
    const { entry } = await write(driver, 'conditions', 'first', { ifNoneMatch: true })
    expect(await codeOf(write(driver, 'conditions', 'other', { ifNoneMatch: true }))).toBe('precondition_failed')
    expect(await codeOf(write(driver, 'conditions', 'other', { ifMatch: 'nonsense' }))).toBe('precondition_failed')
    expect(await codeOf(write(driver, 'unconditional', 'other', { ifMatch: 'nonsense' }))).toBe('precondition_failed')
    expect(String(await get(driver, 'conditions'))).toBe('first')
    const second = await write(driver, 'conditions', 'second', { ifMatch: entry.etag })
    expect(second.created).toBe(false)
    const stale = { ifMatch: entry.etag ?? '', signal: never }
    expect(await codeOf(driver.deleteFile('conditions', stale))).toBe('precondition_failed')
    await driver.deleteFile('conditions', { ifMatch: second.entry.etag ?? '', signal: never })
    expect(await driver.stat('conditions', never)).toBeUndefined()
  })

  check(
    'of eight that write a new file at the same time, one does',
    async ({ driver }) => {
      const writes = Array.from({ length: 8 }, (_, i) => write(driver, 'raced', `writer ${i}`, { ifNoneMatch: true }))
      const outcomes = await Promise.allSettled(writes)
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    },
    'simultaneous writes',
  )

  check('copies keep the properties; changed properties keep the content', async ({ driver }) => {
    const before = await write(driver, 'from/a', 'content', { metadata: { kept: 'ä' } })
    expect(await driver.copy?.('from/a', 'to/b', never)).toMatchObject({ path: 'to/b', size: 7 })
    const copied = await driver.stat('to/b', never)
    expect(copied).toMatchObject({ contentType: 'text/plain', metadata: { kept: 'ä' } })
    const changed = await driver.setProperties?.('to/b', { contentType: 'text/csv', metadata: { more: 'ö' } }, never)
    expect(changed).toMatchObject({ path: 'to/b', contentType: 'text/csv', metadata: { kept: 'ä', more: 'ö' } })
    expect(await driver.setProperties?.('to/b', { metadata: { more: 'x' } }, never)).toMatchObject({
      contentType: 'text/csv',
      metadata: { kept: 'ä', more: 'x' },
    })
    expect(String(await get(driver, 'to/b'))).toBe('content')
    expect(await driver.stat('from/a', never)).toMatchObject({ etag: before.entry.etag, contentType: 'text/plain' })
    expect(await codeOf(driver.copy?.('from/none', 'to/c', never) ?? Promise.resolve())).toBe('not_found')
    expect(await codeOf(driver.setProperties?.('to/b', { metadata: { 'a b': 'x' } }, never) ?? Promise.resolve())).toBe(
      'invalid',
    )
    await driver.copy?.('from/a', 'to/b', never)
    expect(await driver.stat('to/b', never)).toMatchObject({ contentType: 'text/plain', metadata: { kept: 'ä' } })
  })

  check(
    'names that need encoding are copied',
    async ({ driver }) => {
      for (const name of names) {
        await write(driver, `copied/${name}`, name)
        await driver.copy?.(`copied/${name}`, `copies/${name}`, never)
        expect(String(await get(driver, `copies/${name}`))).toBe(name)
      }
    },
    'copied names',
  )

  check('keys that no path names are never shown, and not reached', async ({ driver, storage }) => {
    await write(driver, 'strange/plain', 'x')
    const { strange } = storage
    for (const key of strange) await storage.put(`the/root/strange/${key}`, 'secret')
    const shown = await pathsOf(driver, 'strange/', true)
    expect(shown.filter((path) => !path.endsWith('/'))).toEqual(['strange/plain'])
    expect((await pathsOf(driver, 'strange/', false)).filter((path) => !path.endsWith('/'))).toEqual(['strange/plain'])
    expect(await codeOf(driver.deleteFolder('strange/', never))).toBe('conflict')
    expect(await storage.keys('the/root/strange/')).toHaveLength(strange.length)
  })
}
