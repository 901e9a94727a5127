import { randomBytes } from 'node:crypto'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import type { startSwift } from '../../../../../test/servers/index.mjs'
import type { FileDriver } from '../../files/driver.js'
import { never } from '../../files/testing/calls.js'
import { objectDriver } from '../../objects/driver.js'
import type { ObjectStorage } from '../../objects/testing/object-storage.js'
import { openClient } from '../client.js'
import { targetOf } from '../config.js'
import { s3Driver } from '../driver.js'
import { s3Store } from '../store.js'

export interface S3Storage extends ObjectStorage {
  /** With other keys of the configuration. */
  driverWith(connection: object): Promise<FileDriver>
  get(key: string): Promise<Buffer>
}

const megabyte = 1024 ** 2

/** A new bucket on the server, which is emptied and removed in the end. */
export async function openS3(
  start: typeof startSwift,
  given: Pick<ObjectStorage, 'strange' | 'many' | 'flaws'>,
): Promise<S3Storage | { readonly skipped: string }> {
  const server = await start()
  if ('skipped' in server) return server
  const { origin, username, password, searchParams } = new URL(server.url)
  const [id, secret] = [decodeURIComponent(username), decodeURIComponent(password)]
  const bucket = `test-${randomBytes(6).toString('hex')}`
  const connection = {
    endpoint: origin,
    region: searchParams.get('region') ?? 'us-east-1',
    access_key_id: id,
    secret_access_key: secret,
    bucket,
  }
  const target = targetOf({ connection })
  const client = openClient(target)
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  const driver = async (changed: object, root = '') =>
    s3Driver(targetOf({ connection: { ...connection, ...changed }, root }))
  return {
    url: server.url,
    driver: ({ root, url } = {}) => driver(url === undefined ? {} : { endpoint: new URL(url).origin }, root),
    driverWith: (changed) => driver(changed, 'the/root'),
    async narrow() {
      const limits = {
        longestPut: 9 * megabyte,
        mostParts: 10_000,
        longestCopy: 9 * megabyte,
        copiedAtOnce: 5 * megabyte,
      }
      return objectDriver(s3Store(openClient(target), target, limits), 'narrow/')
    },
    stranger: () => driver({ access_key_id: `${id}x`, secret_access_key: `${secret}x` }),
    lost: () => driver({ bucket: `${bucket}-lost` }),
    secrets: [`${id}x`, `${secret}x`],
    async put(Key, Body) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))
    },
    async get(Key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }))
      return Buffer.from((await Body?.transformToByteArray()) ?? [])
    },
    async keys(Prefix) {
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
    },
    ...(given.flaws['broken uploads'] === undefined && {
      leftovers: async () =>
        (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.length ?? 0,
    }),
    ...given,
    flaws: { ...given.flaws, ...(server.pid === undefined && { line: 'The storage is not on this machine' }) },
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
