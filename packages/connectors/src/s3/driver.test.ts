import { describe, expect } from 'vitest'
import { startS3Elsewhere, startS3rver, startSwift } from '../../../../test/servers/index.mjs'
import { chunksOf, codeOf, never } from '../files/testing/calls.js'
import { objectFaults } from '../objects/testing/object-faults.js'
import { objectFiles } from '../objects/testing/object-files.js'
import { withStorage, write } from '../objects/testing/object-storage.js'
import { openS3, type S3Storage } from './testing/s3-storage.js'

/** s3rver makes paths of keys. */
const plain = ['con', 'ends.', ' starts', '.gatehouse-upload', 'a\\b', 'x/..\\y', '%2e%2e/x']
const strangest = [...plain, 'a//b', '/a', 'a/../b', '../up', './here', 'ctrl\x01', 'line\nbreak']

/** What a test needs of S3 beyond what all object storages have. */
function remembered(open: () => Promise<S3Storage | { readonly skipped: string }>) {
  let storage: S3Storage | undefined
  return {
    async open() {
      const opened = await open()
      if (!('skipped' in opened)) storage = opened
      return opened
    },
    get storage(): S3Storage {
      if (!storage) throw new Error('The storage is not open')
      return storage
    },
  }
}

describe('S3 of TEST_S3_URL', () => {
  const check = withStorage(() => openS3(startS3Elsewhere, { strange: strangest, many: 1050, flaws: {} }))
  objectFiles(check)
  objectFaults(check)
})

describe('Swift', () => {
  const swift = remembered(() =>
    openS3(startSwift, {
      strange: strangest,
      many: 60,
      flaws: { 'simultaneous writes': 'Swift looks for the file before it takes the content' },
    }),
  )
  const check = withStorage(swift.open)
  objectFiles(check)
  objectFaults(check)

  check(
    'a folder is deleted although Swift refuses what it does not know a checksum of',
    async ({ driver, storage }) => {
      await write(driver, 'singly/a', 'x')
      await write(driver, 'singly/b', 'x')
      await driver.deleteFolder('singly/', never)
      expect(await storage.keys('the/root/singly/')).toEqual([])
    },
  )

  check('conditions are sent to a storage that is said to check them, and that refuses them here', async () => {
    const driver = await swift.storage.driverWith({ conditional_writes: true })
    for (const condition of [{ ifNoneMatch: true }, { ifMatch: 'any' }]) {
      expect(await codeOf(write(driver, 'conditional', 'x', condition))).toBe('unsupported')
    }
    expect(await driver.stat('conditional', never)).toBeUndefined()
    await driver.close()
  })
})

describe('s3rver', () => {
  const s3rver = remembered(() =>
    openS3(startS3rver, {
      strange: plain,
      many: 1050,
      flaws: {
        'broken uploads': 's3rver keeps what came of an upload that broke off, and cannot abort one in parts',
        pages: 's3rver tells the same folders again on each page',
        'copied names': 's3rver does not decode the names of copies',
        'simultaneous writes': 's3rver has no conditions on writes',
      },
    }),
  )
  const check = withStorage(s3rver.open)
  objectFiles(check)
  objectFaults(check)

  // s3rver keeps such a stream as it came, so that it can be looked at.
  check('with checksums, a stream comes in pieces that Amazon takes, and ends with its CRC', async () => {
    const driver = await s3rver.storage.driverWith({ checksums: 'always' })
    const small = chunksOf(...Array.from({ length: 1000 }, () => 'x'.repeat(999)))
    await driver.write('summed', small, { contentType: '', signal: never, size: 999_000 })
    const stored = (await s3rver.storage.get('the/root/summed')).toString('latin1')
    const sizes: number[] = []
    let at = 0
    for (let size = -1; size !== 0; ) {
      const end = stored.indexOf('\r\n', at)
      size = Number.parseInt(stored.slice(at, end), 16)
      sizes.push(size)
      at = end + 2 + (size > 0 ? size + 2 : 0)
    }
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(999_000)
    expect(Math.min(...sizes.slice(0, -2))).toBeGreaterThanOrEqual(8192)
    expect(stored.slice(at)).toMatch(/^x-amz-checksum-crc32:[\w+/]{6}==\r\n/)
    await driver.close()
  })
})
