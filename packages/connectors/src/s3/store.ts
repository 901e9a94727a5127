import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { Failure } from '@gatehouse/core'
import { bareEtag, metadataOf, quotedEtag, rangeHeader, wholeSize } from '../objects/properties.js'
import type { ObjectStore, PartUpload, PutOptions, StoredObject, Written } from '../objects/store.js'
import type { S3Target } from './config.js'
import { copyObject, replaceProperties, s3Metadata } from './copy.js'
import { deleteMany } from './delete-many.js'
import { toS3Failure } from './errors.js'

/** Milliseconds in which credentials must be found, which may be those of a machine. */
const signMs = 10_000

/** What S3's manual says an object may be: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const limits = { longestPut: 5 * 1024 ** 3, mostParts: 10_000, longestCopy: 5 * 1024 ** 3, copiedAtOnce: 1024 ** 3 }

export function s3Store(
  client: S3Client,
  { bucket, checksums, conditionalWrites }: Pick<S3Target, 'bucket' | 'checksums' | 'conditionalWrites'>,
  { longestPut, mostParts, ...copies }: typeof limits = limits,
): ObjectStore {
  const Bucket = bucket
  const failing = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (thrown) {
      throw toS3Failure(thrown, signal)
    }
  }
  const sent = (options: PutOptions) => ({
    ContentType: options.contentType,
    ...(options.metadata === undefined ? {} : { Metadata: s3Metadata(options.metadata) }),
  })
  const conditions = (options: Pick<PutOptions, 'ifMatch' | 'ifNoneMatch'>) => ({
    ...(conditionalWrites && options.ifMatch !== undefined ? { IfMatch: quotedEtag(options.ifMatch) } : {}),
    ...(conditionalWrites && options.ifNoneMatch ? { IfNoneMatch: '*' } : {}),
  })

  const head = async (key: string, signal: AbortSignal): Promise<StoredObject | undefined> => {
    try {
      const found = await client.send(new HeadObjectCommand({ Bucket, Key: key }), { abortSignal: signal })
      return storedObject(key, found.ContentLength ?? 0, found)
    } catch (thrown) {
      const failure = toS3Failure(thrown, signal)
      if (failure.code === 'not_found') return undefined
      throw failure
    }
  }

  return {
    conditional: conditionalWrites,
    longestPut,
    mostParts,
    head,

    async list({ prefix, delimited, limit, from, signal }) {
      const page = await failing(signal, () =>
        client.send(
          new ListObjectsV2Command({
            Bucket,
            MaxKeys: Math.min(limit, 1000),
            // Else a key with a control character makes an answer that no XML reader takes.
            EncodingType: 'url',
            ...(prefix === '' ? {} : { Prefix: prefix }),
            ...(delimited ? { Delimiter: '/' } : {}),
            ...(from === undefined ? {} : { ContinuationToken: from }),
          }),
          { abortSignal: signal },
        ),
      )
      const plain = page.EncodingType === 'url' ? urlDecoded : (text: string) => text
      return {
        objects: (page.Contents ?? []).map((found) => storedObject(plain(found.Key ?? ''), found.Size ?? 0, found)),
        prefixes: (page.CommonPrefixes ?? []).map((found) => plain(found.Prefix ?? '')),
        ...(page.IsTruncated && page.NextContinuationToken ? { next: page.NextContinuationToken } : {}),
      }
    },

    async get(key, { range, signal }) {
      const asked = range === undefined ? {} : { Range: rangeHeader(range) }
      const found = await failing(signal, () =>
        client.send(new GetObjectCommand({ Bucket, Key: key, ...asked }), { abortSignal: signal }),
      )
      const { Body: body, ContentLength: length } = found
      const size = wholeSize({ contentRange: found.ContentRange, length }, range?.start ?? 0)
      if (!(body instanceof Readable))
        throw new Failure('unavailable', 'The storage sent no content', { retryAfter: 5 })
      if (length === undefined || size === undefined) {
        body.destroy()
        throw new Failure('unavailable', 'The storage does not say how much it sends', { retryAfter: 5 })
      }
      return { object: storedObject(key, size, found), length, body }
    },

    async put(key, { bytes, length }, options) {
      const put = new PutObjectCommand({
        Bucket,
        Key: key,
        Body: bytes,
        ContentLength: length,
        ...sent(options),
        ...conditions(options),
      })
      const written = await failing(options.signal, () => client.send(put, { abortSignal: options.signal }))
      return writtenOf(written.ETag)
    },

    async startParts(key, options): Promise<PartUpload> {
      const created = await failing(options.signal, () =>
        client.send(
          new CreateMultipartUploadCommand({
            Bucket,
            Key: key,
            ...sent(options),
            // Of the parts, which come with theirs.
            ...(checksums ? { ChecksumAlgorithm: 'CRC32' } : {}),
          }),
          { abortSignal: options.signal },
        ),
      )
      const upload = { Bucket, Key: key, UploadId: created.UploadId }
      const parts: { readonly PartNumber: number; readonly ETag: string | undefined }[] = []
      return {
        async put(number, { bytes, length }, signal) {
          const part = new UploadPartCommand({ ...upload, PartNumber: number, Body: bytes, ContentLength: length })
          const { ETag, ChecksumCRC32 } = await failing(signal, () => client.send(part, { abortSignal: signal }))
          parts.push({ PartNumber: number, ETag, ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) })
        },
        async complete(signal) {
          const complete = new CompleteMultipartUploadCommand({
            ...upload,
            MultipartUpload: { Parts: parts },
            ...conditions(options),
          })
          const written = await failing(signal, () => client.send(complete, { abortSignal: signal }))
          return writtenOf(written.ETag)
        },
        async abort(signal) {
          await client.send(new AbortMultipartUploadCommand(upload), { abortSignal: signal })
        },
      }
    },

    async delete(key, { signal, ...expected }) {
      const gone = new DeleteObjectCommand({ Bucket, Key: key, ...conditions(expected) })
      await failing(signal, () => client.send(gone, { abortSignal: signal }))
    },

    deleteMany: deleteMany(client, bucket),

    copy: (from, to, signal) => failing(signal, () => copyObject({ client, bucket, ...copies }, from, to, signal)),

    async setProperties(object, properties, signal) {
      await failing(signal, () => replaceProperties({ client, bucket, ...copies }, object, properties, signal))
      const changed = await head(object.key, signal)
      if (changed === undefined) throw new Failure('not_found', 'There is no such file')
      return changed
    },

    async presign(key, seconds) {
      const signal = AbortSignal.timeout(signMs)
      return failing(signal, () =>
        getSignedUrl(client, new GetObjectCommand({ Bucket, Key: key }), { expiresIn: seconds }),
      )
    },

    close: () => client.destroy(),
  }
}

type Found = Partial<
  Pick<HeadObjectCommandOutput & GetObjectCommandOutput, 'ETag' | 'LastModified' | 'ContentType' | 'Metadata'>
>

function storedObject(key: string, size: number, { ETag, LastModified, ContentType, Metadata }: Found): StoredObject {
  const metadata = metadataOf(Metadata)
  return {
    key,
    size,
    ...(LastModified === undefined ? {} : { modified: LastModified }),
    ...(ETag === undefined ? {} : { etag: bareEtag(ETag) }),
    ...(ContentType === undefined ? {} : { contentType: ContentType }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}

function writtenOf(etag: string | undefined): Written {
  return etag === undefined ? {} : { etag: bareEtag(etag) }
}

/** As in a form: `+` is a space. */
function urlDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    // Bytes that are no UTF-8: a key that no path names, told as it came.
    return text
  }
}
