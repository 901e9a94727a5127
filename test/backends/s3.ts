import { randomBytes } from 'node:crypto'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import { lineTo } from '../resilience/line.js'
import { startS3Elsewhere, startS3rver, startSwift, type TestServer } from '../servers/index.mjs'
import type { FileBackend } from './file-backend.js'

function s3By(
  name: string,
  start: () => Promise<TestServer>,
  can: Partial<FileBackend['can']>,
  more: Pick<FileBackend, 'many'> = {},
): FileBackend {
  return {
    name,
    ...more,
    can: {
      folders: false,
      atomicWrite: true,
      exactTags: true,
      metadata: true,
      presign: true,
      onlyOneCreates: true,
      ...can,
    },
    async open() {
      const server = await start()
      if ('skipped' in server) return server
      const { origin, username, password, searchParams } = new URL(server.url)
      const [accessKeyId, secretAccessKey] = [decodeURIComponent(username), decodeURIComponent(password)]
      const region = searchParams.get('region') ?? 'us-east-1'
      const Bucket = `test-${randomBytes(6).toString('hex')}`
      const client = new S3Client({
        endpoint: origin,
        region,
        forcePathStyle: true,
        credentials: { accessKeyId, secretAccessKey },
        requestChecksumCalculation: 'WHEN_REQUIRED',
      })
      await client.send(new CreateBucketCommand({ Bucket }))
      const line = server.pid === undefined ? undefined : await lineTo(origin)
      return {
        service: {
          type: 'aws_s3',
          connection: {
            bucket: Bucket,
            region,
            endpoint: line === undefined ? origin : new URL(line.url).origin,
            access_key_id: accessKeyId,
            secret_access_key: secretAccessKey,
            conditional_writes: can.onlyOneCreates ?? true,
          },
          root: 'served',
        },
        ...(line && { down: async (isDown) => (isDown ? line.cut() : line.restore()) }),
        async close() {
          line?.cut()
          // What was started here goes away with all that is in it.
          if (server.pid === undefined) await emptied(client, Bucket)
          client.destroy()
          await server.stop()
        },
      }
    },
  }
}

async function emptied(client: S3Client, Bucket: string): Promise<void> {
  for (;;) {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }))
    if (Contents.length === 0) break
    for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket, Key }))
  }
  await client.send(new DeleteBucketCommand({ Bucket }))
}

export const s3Elsewhere = s3By('S3 of TEST_S3_URL', startS3Elsewhere, {})
export const swift = s3By('S3 of Swift', startSwift, { onlyOneCreates: false }, { many: 150 })
export const s3rver = s3By('S3 of s3rver', startS3rver, { onlyOneCreates: false, atomicWrite: false })
