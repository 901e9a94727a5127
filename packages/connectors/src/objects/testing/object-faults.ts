import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'
import { Failure } from '@gatehouse/core'
import { expect } from 'vitest'
import type { FileDriver } from '../../files/driver.js'
import { chunksOf, codeOf, collected, get, never } from '../../files/testing/calls.js'
import { mixedTransfers } from '../../files/testing/mixed-transfers.js'
import { failureOf } from '../../testing/failure-of.js'
import { type FaultyLine, faultyLine } from './faulty-line.js'
import { type Check, type Opened, pathsOf, write } from './object-storage.js'

const megabytes = (count: number) => randomBytes(count * 1024 ** 2)

/** What happens when senders, lines and storages fail. */
export function objectFaults(check: Check): void {
  check(
    'an upload that its sender breaks off leaves the old file and nothing else',
    async ({ driver, storage }) => {
      await write(driver, 'broken/file', 'the old content')
      for (const size of [2, 12, 20]) {
        const more = { contentType: '', signal: never }
        const breaking = async function* () {
          for (let i = 0; i < size; i++) yield megabytes(1)
          throw new Failure('cancelled', 'The sender went away')
        }
        expect(await codeOf(driver.write('broken/file', breaking(), more))).toBe('cancelled')
        expect(await codeOf(driver.write('broken/file', breaking(), { ...more, size: 30 * 1024 ** 2 }))).toBe(
          'cancelled',
        )
        const short = chunksOf(megabytes(size))
        expect(await codeOf(driver.write('broken/file', short, { ...more, size: size * 1024 ** 2 + 1 }))).toBe(
          'invalid',
        )
        const long = chunksOf(megabytes(size), 'x')
        expect(await codeOf(driver.write('broken/file', long, { ...more, size: size * 1024 ** 2 }))).toBe('invalid')
        for (const announced of [{}, { size: 30 * 1024 ** 2 }]) {
          const controller = new AbortController()
          const silent = async function* () {
            for (let i = 0; i < size; i++) yield megabytes(1)
            setTimeout(() => controller.abort(), 100)
            await pause(60_000, undefined, { ref: false })
          }
          const write = driver.write('broken/file', silent(), { ...more, ...announced, signal: controller.signal })
          expect(await codeOf(write)).toBe('cancelled')
        }
      }
      expect(await pathsOf(driver, 'broken/', true)).toEqual(['broken/file'])
      expect(String(await get(driver, 'broken/file'))).toBe('the old content')
      expect((await storage.leftovers?.()) ?? 0).toBe(0)
    },
    'broken uploads',
  )

  check(
    'content that is more than one request takes goes in parts, and leaves none behind',
    async ({ storage }) => {
      const narrow = await storage.narrow()
      const content = megabytes(20)
      const chunks = async function* (until: number) {
        for (let at = 0; at < until; at += 1_000_000) yield content.subarray(at, Math.min(at + 1_000_000, until))
        if (until < content.length) throw new Failure('cancelled', 'The sender went away')
      }
      const options = { contentType: 'text/plain', signal: never, size: content.length, metadata: { kept: 'ä' } }
      const { entry } = await narrow.write('parts/a', chunks(content.length), options)
      expect(entry).toMatchObject({ size: content.length })
      expect((await get(narrow, 'parts/a')).equals(content)).toBe(true)
      expect(await codeOf(narrow.write('parts/a', chunks(12_000_000), options))).toBe('cancelled')
      await narrow.copy?.('parts/a', 'parts/b', never)
      await narrow.setProperties?.('parts/b', { contentType: 'text/csv' }, never)
      expect((await get(narrow, 'parts/b')).equals(content)).toBe(true)
      expect(await narrow.stat('parts/b', never)).toMatchObject({ contentType: 'text/csv', metadata: { kept: 'ä' } })
      expect(await narrow.stat('parts/a', never)).toMatchObject({ contentType: 'text/plain', etag: entry.etag })
      expect((await storage.leftovers?.()) ?? 0).toBe(0)
      await narrow.close()
    },
    'broken uploads',
  )

  check(
    'an upload on a line that breaks leaves the old file and nothing else',
    (opened) =>
      byLine(opened, async (driver, line) => {
        await write(driver, 'cut/file', 'the old content')
        for (const more of [{ size: 20 * 1024 ** 2 }, {}]) {
          let sent = 0
          const content = async function* () {
            for (; sent < 20; sent++) {
              // Once: what cleans up comes by the same line.
              if (sent === 12) line.failAfter(100_000, 'up', 'break once')
              yield megabytes(1)
            }
          }
          const outcome = await driver.write('cut/file', content(), { contentType: '', signal: never, ...more }).then(
            () => 'written',
            (thrown) => (thrown instanceof Failure ? thrown.code : String(thrown)),
          )
          // A part is sent again, a stream cannot be.
          if ('size' in more) expect(outcome).toBe('unavailable')
          else expect(['unavailable', 'written']).toContain(outcome)
          const size = outcome === 'written' ? 20 * 1024 ** 2 : 'the old content'.length
          expect(await opened.driver.stat('cut/file', never)).toMatchObject({ size })
          await write(opened.driver, 'cut/file', 'the old content')
        }
        const { leftovers } = opened.storage
        for (let i = 0; i < 100 && leftovers && (await leftovers()) > 0; i++) await pause(100)
        expect((await leftovers?.()) ?? 0).toBe(0)
      }),
    'broken uploads',
    'line',
  )

  check(
    'a download on a line that breaks ends in an error, never early',
    (opened) =>
      byLine(opened, async (driver, line) => {
        await write(opened.driver, 'long', megabytes(8))
        for (const range of [undefined, { start: 100, end: 7_000_000 }]) {
          for (const bytes of [0, 20_000, 1_000_000, 6_000_000]) {
            let came = 0
            line.failAfter(bytes, 'down', 'break')
            const reading = (async () => {
              const { chunks } = await driver.read('long', { signal: never, ...(range ? { range } : {}) })
              for await (const chunk of chunks) came += chunk.length
            })()
            expect(await codeOf(reading)).toBe('unavailable')
            expect(came).toBeLessThanOrEqual(bytes)
            line.restore()
          }
        }
        expect((await get(driver, 'long')).length).toBe(8 * 1024 ** 2)
      }),
    'line',
  )

  check(
    'a storage that says nothing: the signal ends the wait and frees the line',
    (opened) =>
      byLine(opened, async (driver, line) => {
        await write(driver, 'silent', megabytes(8))
        const { chunks } = await driver.read('silent', { signal: AbortSignal.timeout(400) })
        line.failAfter(500_000, 'down', 'silence')
        expect(await codeOf(collected(chunks))).toMatch(/timeout|cancelled/)
        expect(await codeOf(driver.stat('silent', AbortSignal.timeout(300)))).toBe('timeout')
        const late = { signal: AbortSignal.timeout(300), deep: false, limit: 10 }
        expect(await codeOf(driver.list('', late))).toBe('timeout')
        const controller = new AbortController()
        setTimeout(() => controller.abort(new Failure('timeout', 'Out of time')), 100)
        expect((await failureOf(driver.read('silent', { signal: controller.signal }))).message).toBe('Out of time')
        line.failAfter(1_000_000, 'up', 'silence')
        for (const more of [{ size: 20 * 1024 ** 2 }, {}]) {
          const content = chunksOf(...Array.from({ length: 20 }, () => megabytes(1)))
          const signal = AbortSignal.timeout(500)
          expect(await codeOf(driver.write('silent2', content, { contentType: '', signal, ...more }))).toMatch(
            /timeout|cancelled/,
          )
        }
        for (let i = 0; i < 100 && line.connections() > 0; i++) await pause(50)
        line.restore()
        expect((await get(driver, 'silent')).length).toBe(8 * 1024 ** 2)
      }),
    'line',
  )

  check(
    'a storage that is down: unavailable, and no longer when it is back',
    (opened) =>
      byLine(opened, async (driver, line) => {
        await write(driver, 'down', 'x')
        line.cut()
        for (const failure of [
          await failureOf(driver.probe(never)),
          await failureOf(driver.stat('down', never)),
          await failureOf(driver.list('', { deep: false, limit: 10, signal: never })),
          await failureOf(driver.read('down', { signal: never })),
          await failureOf(write(driver, 'down', 'y')),
          await failureOf(driver.deleteFile('down', { signal: never })),
        ]) {
          expect(failure).toMatchObject({ code: 'unavailable', retryAfter: expect.any(Number) })
          noSecrets(failure, opened)
        }
        line.restore()
        expect(String(await get(driver, 'down'))).toBe('x')
      }),
    'line',
  )

  check('wrong credentials, and a place that is not there: said clearly, and no secret with it', async (opened) => {
    const [stranger, lost] = [await opened.storage.stranger(), await opened.storage.lost()]
    for (const failure of [
      await failureOf(stranger.probe(never)),
      await failureOf(stranger.stat('file', never)),
      await failureOf(stranger.read('file', { signal: never })),
      await failureOf(write(stranger, 'file', 'x')),
      await failureOf(write(stranger, 'file', megabytes(3), { size: 3 * 1024 ** 2 })),
    ]) {
      expect(failure).toMatchObject({
        code: 'unavailable',
        message: 'The storage refuses the credentials of the service',
      })
      noSecrets(failure, opened)
    }
    const failure = await failureOf(lost.probe(never))
    expect(failure).toMatchObject({
      code: 'unavailable',
      message: 'The bucket or container of the service is not there',
    })
    noSecrets(failure, opened)
    await Promise.all([stranger.close(), lost.close()])
  })

  check(
    '200 transfers at a time, some of them left or aborted: the others are whole, and no line is left over',
    (opened) =>
      byLine(opened, async (driver, line) => {
        await mixedTransfers(driver, randomBytes(400_000))
        await driver.close()
        for (let i = 0; i < 400 && line.connections() > 0; i++) await pause(50)
        expect(line.connections()).toBe(0)
      }),
  )
}

async function byLine(
  { storage }: Opened,
  body: (driver: FileDriver, line: FaultyLine) => Promise<void>,
): Promise<void> {
  const line = await faultyLine(storage.url)
  const driver = await storage.driver({ root: 'the/root', url: line.url })
  try {
    await body(driver, line)
  } finally {
    line.restore()
    await driver.close()
    line.close()
  }
}

/** Neither what a caller gets nor what the log gets. */
function noSecrets(failure: Failure, { storage }: Opened): void {
  const all = inspect(failure, { depth: 20, showHidden: true, getters: true, maxStringLength: null })
  for (const secret of [...storage.secrets, 'Signature=', 'sig=', 'Authorization: ', '127.0.0.1'])
    expect(all).not.toContain(secret)
}
