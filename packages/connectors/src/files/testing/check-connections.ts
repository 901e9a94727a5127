import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { FileEntry } from '@gatehouse/core'
import { expect } from 'vitest'
import { failureOf } from '../../testing/failure-of.js'
import type { FileDriver } from '../driver.js'
import { all, chunksOf, codeOf, get, mebibyte, never, pathsOf, put, settled } from './calls.js'
import { mixedTransfers } from './mixed-transfers.js'
import type { Check, OpenStorage } from './open-storage.js'

/** Transfers that break off, and connections that are shared, lost, refused or stand still. */
export function checkConnections(check: Check): void {
  const unstoppable = ({ signal }: OpenStorage) =>
    signal ? undefined : 'its sessions are not ours to stop, or are stopped when it is reached otherwise'

  check('more copies at a time than there are connections', async (_driver, { driver: more }) => {
    const own = more({ max: 2 })
    const content = randomBytes(mebibyte)
    await put(own, 'copies/source', content)
    const { copy } = own
    if (copy) await Promise.all(Array.from({ length: 8 }, (_, i) => copy('copies/source', `copies/${i}`, never)))
    for (let i = 0; copy && i < 8; i++) expect((await get(own, `copies/${i}`)).equals(content)).toBe(true)
    expect(await all(own, 'copies/', false, 100)).toHaveLength(copy ? 9 : 1)
    await own.close()
  })

  check('an upload that breaks off leaves the old file and nothing else', async (driver, { names }) => {
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

  check('a file that is being written is in no listing', async (driver) => {
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
    async (_driver, { driver: more, sessions }) => {
      const own = more({ max: 8 })
      const opened = openedSince(sessions)
      await mixedTransfers(own, randomBytes(200_000))
      // Of those that were aborted, some may still be ending.
      expect(await settled(() => opened().length <= 8, true)).toBe(true)
      // All connections are back: as many as there are can be had at once.
      const reads = await Promise.all(Array.from({ length: 8 }, () => own.read('many/source', { signal: never })))
      for (const { chunks } of reads) await chunks[Symbol.asyncIterator]().return?.()
      expect((await get(own, 'many/source')).length).toBe(200_000)
      await own.close()
      expect(await settled(() => opened().join(), '')).toBe('')
    },
  )

  check(
    'connections that nobody uses are closed',
    async (_driver, { driver: more, sessions }) => {
      const opened = openedSince(sessions)
      const own = more({ idleMs: 500 })
      await put(own, 'resting', 'x')
      const reads = await Promise.all(Array.from({ length: 5 }, () => own.read('resting', { signal: never })))
      expect(opened()).not.toEqual([])
      for (const { chunks } of reads) for await (const chunk of chunks) expect(String(chunk)).toBe('x')
      expect(await settled(() => opened().join(), '')).toBe('')
      expect(String(await get(own, 'resting'))).toBe('x')
      await own.close()
    },
    ({ sessions }) => (sessions ? undefined : 'its sessions are not ours to count'),
  )

  check('all connections in use: others wait, and are served when one is back', async (_driver, { driver: more }) => {
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
    async (driver, { signal = () => {} }) => {
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
    async (driver, { signal = () => {}, names }) => {
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
    async (driver, { signal = () => {} }) => {
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
    async (_driver, { driver: more, signal = () => {} }) => {
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
    async (_driver, { refused = (): Readonly<Record<string, FileDriver>> => ({}) }) => {
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
}

/** Those that were not there before: sessions of other drivers may rest, and end at any time. */
function openedSince(sessions: OpenStorage['sessions']): () => readonly string[] {
  const before = new Set(sessions?.())
  return () => sessions?.().filter((session) => !before.has(session)) ?? []
}
