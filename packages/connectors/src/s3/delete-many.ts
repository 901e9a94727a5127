import { DeleteObjectCommand, DeleteObjectsCommand, type S3Client } from '@aws-sdk/client-s3'
import { inParallel } from '../objects/in-parallel.js'
import type { ObjectStore } from '../objects/store.js'
import { toS3Failure } from './errors.js'

/** Deletions at a time, where each is a request. */
const singlesAtOnce = 8

/** One request for all keys; one for each where the storage does not know the other or wants another checksum with it. */
export function deleteMany(client: S3Client, bucket: string): ObjectStore['deleteMany'] {
  let refused = false

  const together = async (keys: readonly string[], abortSignal: AbortSignal): Promise<readonly string[]> => {
    const all = new DeleteObjectsCommand({
      Bucket: bucket,
      Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true },
    })
    try {
      const { Errors = [] } = await client.send(all, { abortSignal })
      // Which of them it was, and why, the single request says again.
      return Errors.flatMap(({ Key }) => (Key === undefined ? [] : [Key]))
    } catch (thrown) {
      const failure = toS3Failure(thrown, abortSignal)
      if (failure.code === 'cancelled' || failure.code === 'timeout' || failure.code === 'unavailable') throw failure
      refused = true
      return keys
    }
  }

  return async (keys, signal) => {
    const left = refused ? keys : await together(keys, signal)
    await inParallel(left, singlesAtOnce, signal, async (Key, own) => {
      try {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }), { abortSignal: own })
      } catch (thrown) {
        const failure = toS3Failure(thrown, own)
        if (failure.code !== 'not_found') throw failure
      }
    })
  }
}
