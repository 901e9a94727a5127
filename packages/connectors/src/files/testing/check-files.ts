import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { all, codeOf, get, mebibyte, never, pathsOf, put } from './calls.js'
import type { Check } from './open-storage.js'

/** Files and folders: what is written is what is read, listed, copied and removed. */
export function checkFiles(check: Check): void {
  check('a file comes back as it was written', async (driver) => {
    const content = randomBytes(300_000)
    const { entry, created } = await put(driver, 'plain/content.bin', content, { size: content.length })
    expect(created).toBe(true)
    expect(entry).toMatchObject({ path: 'plain/content.bin', type: 'file', size: 300_000 })
    expect((await get(driver, 'plain/content.bin')).equals(content)).toBe(true)
    const found = await driver.stat('plain/content.bin', never)
    expect(found).toMatchObject({ path: 'plain/content.bin', type: 'file', size: 300_000, etag: entry.etag })
    const again = await put(driver, 'plain/content.bin', 'short')
    expect(again).toMatchObject({ created: false, entry: { size: 5 } })
    expect(String(await get(driver, 'plain/content.bin'))).toBe('short')
    await put(driver, 'plain/empty', '', { size: 0 })
    expect((await get(driver, 'plain/empty')).length).toBe(0)
  })

  check('the entity tag changes with the content, within one second too', async (driver) => {
    const tags = new Set<string | undefined>()
    for (const text of ['one', 'two', 'six', 'ten']) tags.add((await put(driver, 'tags.txt', text)).entry.etag)
    expect(tags.has(undefined)).toBe(false)
    expect(tags.size).toBe(4)
    expect(tags.has((await driver.stat('tags.txt', never))?.etag)).toBe(true)
    const [listed] = (await all(driver, '', false, 1000)).filter(({ path }) => path === 'tags.txt')
    expect(listed?.etag).toBe((await driver.stat('tags.txt', never))?.etag)
  })

  check('names with spaces, quotes, percent signs, globs and letters of all scripts', async (driver) => {
    const names = [
      'two words.txt',
      ' leading',
      '-dash',
      '100%25 & more.txt',
      'a"b\'c',
      'star*[x]?.txt',
      'äöü-日本-🎈.txt',
      '#hash;semi,comma=+',
      '~tilde',
      '<tag>',
    ]
    for (const file of names) await put(driver, `names/${file}`, file)
    expect(pathsOf(await all(driver, 'names/', false, 1000)).sort()).toEqual(
      names.map((file) => `names/${file}`).sort(),
    )
    for (const file of names) {
      expect(String(await get(driver, `names/${file}`))).toBe(file)
      expect(await driver.stat(`names/${file}`, never)).toMatchObject({ path: `names/${file}`, type: 'file' })
    }
    for (const file of names) await driver.deleteFile(`names/${file}`, { signal: never })
    expect(await all(driver, 'names/', false, 1000)).toEqual([])
  })

  check('a range, to its end or to the end of the file', async (driver) => {
    const content = randomBytes(2 * mebibyte)
    await put(driver, 'ranges.bin', content)
    for (const [start, end] of [
      [0, 0],
      [0, 99],
      [1000, 1_500_000],
      [2 * mebibyte - 1, undefined],
      [5, undefined],
      [2 * mebibyte - 10, 99_999_999],
    ] as const) {
      const part = await get(driver, 'ranges.bin', end === undefined ? { start } : { start, end })
      expect(part.equals(content.subarray(start, end === undefined ? undefined : end + 1))).toBe(true)
    }
    expect(await codeOf(get(driver, 'ranges.bin', { start: 2 * mebibyte }))).toBe('range_not_satisfiable')
    expect((await driver.read('ranges.bin', { range: { start: 3, end: 4 }, signal: never })).entry.size).toBe(
      2 * mebibyte,
    )
  })

  check('listings are sorted, paged, and deep where asked', async (driver) => {
    const files = ['b/2', 'b/10', 'b/1', 'a.txt', 'a/z/deep.txt', 'a/y', 'a0', 'c']
    for (const file of files) await put(driver, `tree/${file}`, file)
    await driver.createFolder('tree/empty/', never)
    const deep = ['a.txt', 'a/', 'a/y', 'a/z/', 'a/z/deep.txt', 'a0', 'b/', 'b/1', 'b/10', 'b/2', 'c', 'empty/']
    for (const limit of [1, 2, 3, 5, 100]) {
      expect(pathsOf(await all(driver, 'tree/', true, limit))).toEqual(deep.map((path) => `tree/${path}`))
      expect(pathsOf(await all(driver, 'tree/', false, limit))).toEqual(
        ['a.txt', 'a/', 'a0', 'b/', 'c', 'empty/'].map((path) => `tree/${path}`),
      )
    }
    expect(pathsOf(await all(driver, '', false, 2))).toContain('tree/')
    expect(await all(driver, 'tree/empty/', true, 10)).toEqual([])
  })

  check('folders: made with parents, once; removed with all that is in them', async (driver) => {
    expect(await driver.createFolder('made/deep/down/', never)).toBe(true)
    expect(await driver.createFolder('made/deep/down/', never)).toBe(false)
    expect(await driver.stat('made/deep/', never)).toMatchObject({ path: 'made/deep/', type: 'folder' })
    expect(await driver.stat('made/deep', never)).toMatchObject({ path: 'made/deep/', type: 'folder' })
    expect(await driver.stat('', never)).toMatchObject({ path: '', type: 'folder' })
    await put(driver, 'made/deep/file', 'x')
    await driver.deleteFolder('made/', never)
    expect(await driver.stat('made/', never)).toBeUndefined()
  })

  check('what is not there, and what is something else', async (driver) => {
    await put(driver, 'kind/file', 'x')
    expect(await driver.stat('kind/none', never)).toBeUndefined()
    expect(await driver.stat('none/at/all', never)).toBeUndefined()
    expect(await driver.stat('kind/file/', never)).toBeUndefined()
    expect(await driver.stat('kind/file/below', never)).toBeUndefined()
    expect(await codeOf(get(driver, 'kind/none'))).toBe('not_found')
    expect(await codeOf(get(driver, 'none/at/all'))).toBe('not_found')
    expect(await codeOf(get(driver, 'kind'))).toBe('conflict')
    expect(await codeOf(put(driver, 'kind', 'x'))).toBe('conflict')
    expect(await codeOf(put(driver, 'kind/file/below', 'x'))).toBe('conflict')
    expect(await codeOf(driver.createFolder('kind/file/', never))).toBe('conflict')
    expect(await codeOf(driver.list('none/', { deep: false, limit: 10, signal: never }))).toBe('not_found')
    expect(await codeOf(driver.list('kind/file/', { deep: false, limit: 10, signal: never }))).toMatch(
      /conflict|not_found/,
    )
    expect(await codeOf(driver.deleteFile('kind/none', { signal: never }))).toBe('not_found')
    expect(await codeOf(driver.deleteFile('kind', { signal: never }))).toBe('conflict')
    expect(await codeOf(driver.deleteFolder('none/', never))).toBe('not_found')
    expect(String(await get(driver, 'kind/file'))).toBe('x')
  })

  check('conditions: only the version that is meant, only where nothing is', async (driver) => {
    const { entry } = await put(driver, 'conditions', 'first', { ifNoneMatch: true })
    expect(await codeOf(put(driver, 'conditions', 'other', { ifNoneMatch: true }))).toBe('precondition_failed')
    expect(await codeOf(put(driver, 'conditions', 'other', { ifMatch: 'nonsense' }))).toBe('precondition_failed')
    expect(await codeOf(put(driver, 'conditions/not', 'other', { ifMatch: 'nonsense' }))).toMatch(
      /conflict|precondition_failed/,
    )
    expect(String(await get(driver, 'conditions'))).toBe('first')
    await put(driver, 'conditions', 'second', { ifMatch: entry.etag })
    expect(await codeOf(driver.deleteFile('conditions', { ifMatch: entry.etag ?? '', signal: never }))).toBe(
      'precondition_failed',
    )
    const now = await driver.stat('conditions', never)
    await driver.deleteFile('conditions', { ifMatch: now?.etag ?? '', signal: never })
    expect(await driver.stat('conditions', never)).toBeUndefined()
    const several = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) => put(driver, 'conditions', `writer ${i}`, { ifNoneMatch: true })),
    )
    expect(several.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  check('copy and move', async (driver) => {
    await put(driver, 'from/a', 'content of a')
    if (driver.copy) {
      expect(await driver.copy('from/a', 'to/deep/b', never)).toMatchObject({ path: 'to/deep/b', size: 12 })
      expect(String(await get(driver, 'to/deep/b'))).toBe('content of a')
      await put(driver, 'from/c', 'other')
      await driver.copy('from/c', 'to/deep/b', never)
      expect(String(await get(driver, 'to/deep/b'))).toBe('other')
      expect(await codeOf(driver.copy('from/none', 'to/x', never))).toBe('not_found')
      expect(String(await get(driver, 'from/a'))).toBe('content of a')
      await put(driver, 'to/deep/b', 'old')
    }
    if (driver.move) {
      await put(driver, 'to/deep/b', 'to be replaced')
      await driver.move('from/a', 'to/deep/b', never)
      expect(String(await get(driver, 'to/deep/b'))).toBe('content of a')
      expect(await driver.stat('from/a', never)).toBeUndefined()
      await driver.move('to/', 'elsewhere/below/', never)
      expect(String(await get(driver, 'elsewhere/below/deep/b'))).toBe('content of a')
      expect(await driver.stat('to/', never)).toBeUndefined()
      expect(await codeOf(driver.move('from/none', 'x', never))).toBe('not_found')
    }
  })

  check('a line break in a name, or a path upwards, reaches no server', async (driver) => {
    for (const path of ['a\r\nDELE tags.txt', 'a\nb', 'x/\r', 'nul\0', '..', '../up', 'a/../../up', 'a/./b']) {
      expect(await codeOf(put(driver, path, 'x'))).toBe('invalid')
      expect(await codeOf(get(driver, path))).toMatch(/invalid|not_found/)
      expect(await codeOf(driver.createFolder(`${path}/`, never))).toBe('invalid')
    }
  })

  check(
    'symbolic links are not shown, and not followed where the protocol tells them',
    async (driver, { link = () => {}, followsLinks }) => {
      await put(driver, 'links/inside', 'inside')
      link('inside', 'links/near')
      if (!followsLinks) {
        link('/etc', 'links/out')
        link('/etc/passwd', 'links/file')
        link('nowhere', 'links/dangling')
        link('.', 'links/loop')
      }
      expect(pathsOf(await all(driver, 'links/', true, 2))).toEqual(['links/inside'])
      if (!followsLinks) {
        for (const path of ['near', 'file', 'out/passwd', 'loop/inside', 'loop/loop/inside', 'dangling']) {
          expect(await codeOf(get(driver, `links/${path}`)), path).toBe('not_found')
          expect(await driver.stat(`links/${path}`, never), path).toBeUndefined()
        }
        for (const path of ['out/new', 'loop/new'])
          expect(await codeOf(put(driver, `links/${path}`, 'x')), path).toBe('conflict')
        expect(await codeOf(driver.list('links/out/', { deep: false, limit: 9, signal: never }))).toBe('not_found')
        expect(await codeOf(driver.deleteFolder('links/out/', never))).toBe('not_found')
        await put(driver, 'links/near', 'takes the place of the link')
        expect(String(await get(driver, 'links/inside'))).toBe('inside')
      }
      await driver.deleteFolder('links/', never)
      expect(await driver.stat('links/', never)).toBeUndefined()
    },
    ({ link }) => (link ? undefined : 'nobody can make links there'),
  )
}
