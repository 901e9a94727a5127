import { randomBytes } from 'node:crypto'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { describe, expect } from 'vitest'
import { startS3rver, startSwift } from '../../../../test/servers/index.mjs'
import { objectFaults } from '../objects/testing/object-faults.js'
import { objectFiles } from '../objects/testing/object-files.js'
import {
  never,
  type ObjectStorage,
  type OpenObjectStorage,
  withStorage,
  write,
} from '../objects/testing/object-storage.js'
import { openClient } from './client.js'
import { targetOf } from './config.js'
import { s3Driver } from './driver.js'

type Start = typeof startSwift

/** s3rver makes paths of keys. */
const plain = ['con', 'ends.', ' starts', '.gatehouse-upload', 'a\\b', 'x/..\\y', '%2e%2e/x']
const strangest = [...plain, 'a//b', '/a', 'a/../b', '../up', './here', 'ctrl\x01', 'line\nbreak']

function s3Storage(start: Start, given: Pick<ObjectStorage, 'strange' | 'many' | 'flaws'>): OpenObjectStorage {
  return async () => {
    const server = await start()
    if ('skipped' in server) return server
    const { origin, username, password } = new URL(server.url)
    const [id, secret] = [decodeURIComponent(username), decodeURIComponent(password)]
    const bucket = `test-${randomBytes(6).toString('hex')}`
    const connection = { endpoint: origin, access_key_id: id, secret_access_key: secret, bucket }
    const client = openClient(targetOf({ connection }))
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
    const keys = async (Prefix: string) => {
      const found: string[] = []
      for (let ContinuationToken: string | undefined; ; ) {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix, ContinuationToken, EncodingType: 'url' }),
        )
        const decoded = (key: string) => (page.EncodingType ? decodeURIComponent(key.replaceAll('+', ' ')) : key)
        found.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [decoded(Key)])))
        if (!page.IsTruncated) return found
        ContinuationToken = page.NextContinuationToken
      }
    }
    const driver = async (changed: object, root = '') =>
      s3Driver(targetOf({ connection: { ...connection, ...changed }, root }))
    return {
      url: server.url,
      driver: ({ root, url } = {}) => driver(url === undefined ? {} : { endpoint: new URL(url).origin }, root),
      stranger: () => driver({ access_key_id: `${id}x`, secret_access_key: `${secret}x` }),
      lost: () => driver({ bucket: `${bucket}-lost` }),
      secrets: [`${id}x`, `${secret}x`],
      async put(Key, Body) {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))
      },
      keys,
      ...(given.flaws['broken uploads'] === undefined && {
        leftovers: async () =>
          (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.length ?? 0,
      }),
      ...given,
      async close() {
        const all = await driver({})
        await all.deleteFolder('', never).catch(() => {})
        await client.send(new DeleteBucketCommand({ Bucket: bucket })).catch(() => {})
        await all.close()
        client.destroy()
        await server.stop()
      },
    }
  }
}

describe('Swift', () => {
  const check = withStorage(
    s3Storage(startSwift, {
      strange: strangest,
      many: 100,
      flaws: { 'simultaneous writes': 'Swift has no conditions on writes by its S3 interface' },
    }),
  )
  objectFiles(check)
  objectFaults(check)

  check('a storage that refuses to delete many at once gets single deletions', async ({ driver, storage }) => {
    const { origin, username, password } = new URL(storage.url)
    const [id, secret] = [decodeURIComponent(username), decodeURIComponent(password)]
    await write(driver, 'singly/a', 'x')
    await write(driver, 'singly/b', 'x')
    const [Key] = await storage.keys('the/root/singly/')
    expect(Key).toBeDefined()
    const client = openClient(
      targetOf({ connection: { endpoint: origin, access_key_id: id, secret_access_key: secret, bucket: 'any' } }),
    )
    const together = new DeleteObjectsCommand({ Bucket: 'any', Delete: { Objects: [{ Key }] } })
    await expect(client.send(together)).rejects.toThrow()
    client.destroy()
    await driver.deleteFolder('singly/', never)
    expect(await storage.keys('the/root/singly/')).toEqual([])
  })
})

describe('s3rver', () => {
  const check = withStorage(
    s3Storage(startS3rver, {
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
  objectFiles(check)
  objectFaults(check)
})
