import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Failure, type FileEntry } from '@gatehouse/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FileDriver, ListPage } from '../driver.js'
import { failureOf } from './failure-of.js'

interface DriverSettings {
  readonly max?: number
  readonly idleMs?: number
  readonly timeoutMs?: number
}

export interface OpenStorage {
  /** A driver of its own on the storage, which the caller closes: 10 connections at most, 20 seconds of patience. */
  driver(settings?: DriverSettings): FileDriver
  /** Drivers that the storage, or its certificate, must refuse, by what is wrong with them; closed by the caller. */
  refused?(): Readonly<Record<string, FileDriver>>
  /** Ends, stops or wakes what serves the sessions; absent where nobody can. */
  signal?(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
  /** Makes a symbolic link in the root; absent where nobody can. */
  link?(target: string, name: string): void
  /** True: the server follows links itself, and does not tell. */
  readonly followsLinks?: boolean
  /** Sessions that the server has now; absent where nobody can count them. */
  sessions?(): number
  /** Names that lie in a folder of the storage, whether a driver shows them or not; absent where nobody can look. */
  names?(folder: string): readonly string[]
  close(): Promise<void>
}

const never: AbortSignal = new AbortController().signal
// One for all calls, unlike a real one.
setMaxListeners(0, never)
const mebibyte = 1024 * 1024

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await failureOf(promise)).code
}

async function* chunksOf(...texts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield typeof text === 'string' ? Buffer.from(text) : text
}

async function put(driver: FileDriver, path: string, content: string | Uint8Array, more = {}) {
  return driver.write(path, chunksOf(content), { contentType: 'application/octet-stream', signal: never, ...more })
}

async function get(driver: FileDriver, path: string, range?: { start: number; end?: number }): Promise<Buffer> {
  const { chunks } = await driver.read(path, { signal: never, ...(range ? { range } : {}) })
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

/** All pages of a listing. */
async function all(driver: FileDriver, folder: string, deep: boolean, limit: number): Promise<FileEntry[]> {
  const entries: FileEntry[] = []
  for (let from: string | undefined; ; ) {
    const page: ListPage = await driver.list(folder, { deep, limit, signal: never, ...(from ? { from } : {}) })
    expect(page.entries.length).toBeLessThanOrEqual(limit)
    entries.push(...page.entries)
    if (page.next === undefined) return entries
    from = page.next
  }
}

const pathsOf = (entries: readonly FileEntry[]) => entries.map(({ path }) => path)

/** Waits for what takes the server a moment: noticing that a session is over. */
async function settled<T>(read: () => T, wanted: T): Promise<T> {
  for (let i = 0; i < 100 && read() !== wanted; i++) await pause(50)
  return read()
}

/** What every driver of a storage behind a connection shows, on a real server. */
export function driverBody(name: string, open: () => Promise<OpenStorage | { readonly skipped: string }>): void {
  describe(name, () => {
    let storage: OpenStorage | undefined
    let driver: FileDriver
    let skipped = ''
    beforeAll(async () => {
      const opened = await open()
      if ('skipped' in opened) {
        skipped = opened.skipped
        return
      }
      storage = opened
      driver = opened.driver()
      await driver.probe(never)
    })
    afterAll(async () => {
      await driver?.close()
      await storage?.close()
    })
    /** `lacks` says why the storage cannot show this, where it cannot. */
    const check = (
      what: string,
      body: (storage: OpenStorage) => Promise<void>,
      lacks: (storage: OpenStorage) => string | undefined = () => undefined,
    ) =>
      test(what, async ({ skip }) => {
        if (!storage) return skip(skipped)
        const reason = lacks(storage)
        if (reason) return skip(reason)
        await body(storage)
      })
    const unstoppable = ({ signal }: OpenStorage) =>
      signal ? undefined : 'its sessions are not ours to stop, or are stopped when it is reached otherwise'

    check('a file comes back as it was written', async () => {
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

    check('the entity tag changes with the content, within one second too', async () => {
      const tags = new Set<string | undefined>()
      for (const text of ['one', 'two', 'six', 'ten']) tags.add((await put(driver, 'tags.txt', text)).entry.etag)
      expect(tags.has(undefined)).toBe(false)
      expect(tags.size).toBe(4)
      expect(tags.has((await driver.stat('tags.txt', never))?.etag)).toBe(true)
      const [listed] = (await all(driver, '', false, 1000)).filter(({ path }) => path === 'tags.txt')
      expect(listed?.etag).toBe((await driver.stat('tags.txt', never))?.etag)
    })

    check('names with spaces, quotes, percent signs, globs and letters of all scripts', async () => {
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

    check('a range, to its end or to the end of the file', async () => {
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

    check('listings are sorted, paged, and deep where asked', async () => {
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

    check('folders: made with parents, once; removed with all that is in them', async () => {
      expect(await driver.createFolder('made/deep/down/', never)).toBe(true)
      expect(await driver.createFolder('made/deep/down/', never)).toBe(false)
      expect(await driver.stat('made/deep/', never)).toMatchObject({ path: 'made/deep/', type: 'folder' })
      expect(await driver.stat('made/deep', never)).toMatchObject({ path: 'made/deep/', type: 'folder' })
      expect(await driver.stat('', never)).toMatchObject({ path: '', type: 'folder' })
      await put(driver, 'made/deep/file', 'x')
      await driver.deleteFolder('made/', never)
      expect(await driver.stat('made/', never)).toBeUndefined()
    })

    check('what is not there, and what is something else', async () => {
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

    check('conditions: only the version that is meant, only where nothing is', async () => {
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

    check('copy and move', async () => {
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

    check('more copies at a time than there are connections', async ({ driver: more }) => {
      const own = more({ max: 2 })
      const content = randomBytes(mebibyte)
      await put(own, 'copies/source', content)
      const { copy } = own
      if (copy) await Promise.all(Array.from({ length: 8 }, (_, i) => copy('copies/source', `copies/${i}`, never)))
      for (let i = 0; copy && i < 8; i++) expect((await get(own, `copies/${i}`)).equals(content)).toBe(true)
      expect(await all(own, 'copies/', false, 100)).toHaveLength(copy ? 9 : 1)
      await own.close()
    })

    check('a line break in a name, or a path upwards, reaches no server', async () => {
      for (const path of ['a\r\nDELE tags.txt', 'a\nb', 'x/\r', 'nul\0', '..', '../up', 'a/../../up', 'a/./b']) {
        expect(await codeOf(put(driver, path, 'x'))).toBe('invalid')
        expect(await codeOf(get(driver, path))).toMatch(/invalid|not_found/)
        expect(await codeOf(driver.createFolder(`${path}/`, never))).toBe('invalid')
      }
    })

    check('an upload that breaks off leaves the old file and nothing else', async ({ names }) => {
      await put(driver, 'broken/file', 'the old content')
      const breaking = async function* () {
        yield randomBytes(3 * mebibyte)
        throw new Error('the sender went away')
      }
      const write = (content: AsyncIterable<Uint8Array>, more = {}) =>
        driver.write('broken/file', content, { contentType: '', signal: never, ...more })
      await expect(write(breaking())).rejects.toThrow()
      expect(await codeOf(write(chunksOf('too short'), { size: 100 }))).toBe('invalid')
      expect(await codeOf(write(chunksOf('too long', 'by far'), { size: 3 }))).toBe('invalid')
      const controller = new AbortController()
      const silent = async function* () {
        yield randomBytes(mebibyte)
        setTimeout(() => controller.abort(), 20)
        await pause(60_000, undefined, { ref: false })
      }
      expect(await codeOf(write(silent(), { signal: controller.signal }))).toBe('cancelled')
      expect(pathsOf(await all(driver, 'broken/', true, 100))).toEqual(['broken/file'])
      if (names) expect(await settled(() => names('broken').join(), 'file')).toBe('file')
      expect(String(await get(driver, 'broken/file'))).toBe('the old content')
    })

    check('a file that is being written is in no listing', async () => {
      let listed: readonly FileEntry[] = []
      const looking = async function* () {
        yield randomBytes(mebibyte)
        listed = await all(driver, 'unlisted/', true, 100)
        yield randomBytes(10)
      }
      await driver.createFolder('unlisted/', never)
      await driver.write('unlisted/file', looking(), { contentType: '', signal: never })
      expect(listed).toEqual([])
      expect(pathsOf(await all(driver, 'unlisted/', true, 100))).toEqual(['unlisted/file'])
    })

    check(
      '200 transfers at a time, half of them aborted: no session is left over',
      async ({ driver: more, sessions }) => {
        const own = more({ max: 8 })
        const before = sessions?.() ?? 0
        const content = randomBytes(200_000)
        await put(own, 'many/source', content)
        const outcomes = await Promise.all(
          Array.from({ length: 200 }, async (_, i) => {
            const controller = new AbortController()
            const { signal } = controller
            try {
              if (i % 4 === 0) {
                await own.write(`many/${i}`, chunksOf(content), { contentType: '', signal })
                return 'written'
              }
              const { chunks } = await own.read('many/source', { signal })
              let bytes = 0
              for await (const chunk of chunks) {
                bytes += chunk.length
                if (i % 4 === 1) controller.abort()
                if (i % 4 === 2) return 'left'
              }
              return bytes === content.length ? 'read' : 'short'
            } catch (thrown) {
              return thrown instanceof Failure ? thrown.code : String(thrown)
            }
          }),
        )
        const counts = (outcome: string) => outcomes.filter((one) => one === outcome)
        expect(counts('written')).toHaveLength(50)
        expect(counts('read')).toHaveLength(50)
        expect(counts('left')).toHaveLength(50)
        expect(counts('cancelled')).toHaveLength(50)
        if (sessions) expect(sessions() - before).toBeLessThanOrEqual(8)
        // All connections are back: as many as there are can be had at once.
        const reads = await Promise.all(Array.from({ length: 8 }, () => own.read('many/source', { signal: never })))
        for (const { chunks } of reads) await chunks[Symbol.asyncIterator]().return?.()
        expect((await get(own, 'many/source')).length).toBe(200_000)
        await own.close()
        // Those of another driver may have been ended meanwhile.
        if (sessions) expect(await settled(() => sessions() <= before, true)).toBe(true)
      },
    )

    check(
      'connections that nobody uses are closed',
      async ({ driver: more, sessions = () => 0 }) => {
        const own = more({ idleMs: 500 })
        await put(own, 'resting', 'x')
        const before = sessions()
        const reads = await Promise.all(Array.from({ length: 5 }, () => own.read('resting', { signal: never })))
        expect(sessions()).toBeGreaterThanOrEqual(before)
        for (const { chunks } of reads) for await (const chunk of chunks) expect(String(chunk)).toBe('x')
        // All of its own, the one of the upload too; another driver's may end meanwhile as well.
        expect(await settled(() => sessions() < before, true)).toBe(true)
        expect(String(await get(own, 'resting'))).toBe('x')
        await own.close()
      },
      ({ sessions }) => (sessions ? undefined : 'its sessions are not ours to count'),
    )

    check('all connections in use: others wait, and are served when one is back', async ({ driver: more }) => {
      const own = more({ max: 2 })
      await put(own, 'waiting', randomBytes(2 * mebibyte))
      const held = await Promise.all([own.read('waiting', { signal: never }), own.read('waiting', { signal: never })])
      const controller = new AbortController()
      const leaving = codeOf(own.stat('waiting', controller.signal))
      const waiting = own.stat('waiting', never)
      controller.abort()
      expect(await leaving).toBe('cancelled')
      for (const { chunks } of held) await chunks[Symbol.asyncIterator]().return?.()
      expect(await waiting).toMatchObject({ size: 2 * mebibyte })
      await own.close()
    })

    check(
      'a server that dies in the middle of a download: an error, never a short file',
      async ({ signal = () => {} }) => {
        await put(driver, 'dies/down', randomBytes(32 * mebibyte))
        const { chunks } = await driver.read('dies/down', { signal: never })
        let bytes = 0
        const reading = (async () => {
          for await (const chunk of chunks) {
            if (bytes === 0) signal('SIGKILL')
            bytes += chunk.length
          }
        })()
        expect(await codeOf(reading)).toBe('unavailable')
        expect(bytes).toBeLessThan(32 * mebibyte)
        expect(await driver.stat('dies/down', never)).toMatchObject({ size: 32 * mebibyte })
      },
      unstoppable,
    )

    check(
      'a server that dies in the middle of an upload: the old file, and nothing beside it',
      async ({ signal = () => {}, names }) => {
        await put(driver, 'dies-up/file', 'the old content')
        const dying = async function* () {
          yield randomBytes(4 * mebibyte)
          signal('SIGKILL')
          for (let i = 0; i < 16; i++) yield randomBytes(mebibyte)
        }
        const writing = driver.write('dies-up/file', dying(), { contentType: '', signal: never })
        expect(await codeOf(writing)).toBe('unavailable')
        expect(String(await get(driver, 'dies-up/file'))).toBe('the old content')
        expect(pathsOf(await all(driver, 'dies-up/', true, 100))).toEqual(['dies-up/file'])
        const ours = () => names?.('dies-up').filter((one) => one.startsWith('.gatehouse-')) ?? []
        expect(await settled(() => ours().length, 0)).toBe(0)
      },
      unstoppable,
    )

    check(
      'connections that died while nobody used them are replaced',
      async ({ signal = () => {} }) => {
        await put(driver, 'idle', 'x')
        for (let i = 0; i < 3; i++) {
          await Promise.all([driver.stat('idle', never), driver.stat('idle', never), driver.stat('idle', never)])
          signal('SIGKILL')
          await pause(300)
          expect(String(await get(driver, 'idle'))).toBe('x')
        }
      },
      unstoppable,
    )

    check(
      'a server that stands still: timeout, and all is well when it goes on',
      async ({ driver: more, signal = () => {} }) => {
        const own = more({ max: 4, timeoutMs: 6000 })
        await put(own, 'still/file', randomBytes(32 * mebibyte))
        const { chunks } = await own.read('still/file', { signal: never })
        await Promise.all([own.stat('still/file', never), own.stat('still/file', never)])
        signal('SIGSTOP')
        try {
          const reading = async () => {
            for await (const _ of chunks);
          }
          const endless = async function* () {
            for (;;) {
              await pause(20)
              yield randomBytes(mebibyte / 4)
            }
          }
          const writing = own.write('still/other', endless(), { contentType: '', signal: AbortSignal.timeout(14_000) })
          const outcomes = await Promise.all([codeOf(reading()), codeOf(writing)])
          expect(outcomes[0]).toBe('timeout')
          // What begins anew gets a session that does not stand still, on some servers, and is then cancelled.
          expect(outcomes[1]).toMatch(/timeout|cancelled/)
        } finally {
          signal('SIGCONT')
        }
        // A server that stood still may take a while to find its feet again.
        await expect
          .poll(() => own.stat('still/file', never).catch(() => undefined), { timeout: 30_000 })
          .toMatchObject({ size: 32 * mebibyte })
        expect((await get(own, 'still/file', { start: 0, end: 9 })).length).toBe(10)
        await own.close()
      },
      unstoppable,
    )

    check(
      'who is refused is told nothing, and the log why',
      async ({ refused = (): Readonly<Record<string, FileDriver>> => ({}) }) => {
        for (const [what, wrong] of Object.entries(refused())) {
          const failure = await failureOf(wrong.probe(never))
          expect(failure.code, what).toBe('unavailable')
          expect(failure.cause, what).toBeInstanceOf(Error)
          expect(`${failure.message} ${failure.hint}`, what).not.toMatch(/127\.0\.0\.1|gatehouse:|p@ss|SHA256/)
          await wrong.close()
        }
      },
      ({ refused }) => (refused ? undefined : 'nothing is known that it refuses'),
    )

    check(
      'symbolic links are not shown, and not followed where the protocol tells them',
      async ({ link = () => {}, followsLinks }) => {
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
  })
}
