import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { Failure } from '@gatehouse/core'
import { bareEtag, metadataHeaders } from '../objects/properties.js'
import type { ObjectProperties, StoredObject } from '../objects/store.js'

interface Copying {
  readonly client: S3Client
  readonly bucket: string
  /** Bytes that one request may copy: above, it is done by ranges of `copiedAtOnce`. */
  readonly longestCopy: number
  readonly copiedAtOnce: number
}

/** Letters, digits and what a header's name may have besides. */
export function s3Metadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return metadataHeaders(metadata, /^[a-z\d][\w.-]*$/i, 'letters, digits, -, _ and .')
}

export async function copyObject(
  copying: Copying,
  from: StoredObject,
  to: string,
  abortSignal: AbortSignal,
): Promise<StoredObject> {
  const { client, bucket, longestCopy } = copying
  if (from.size > longestCopy) {
    const { contentType, metadata } = from
    const kept = {
      ...(contentType === undefined ? {} : { ContentType: contentType }),
      ...(metadata === undefined ? {} : { Metadata: s3Metadata(metadata) }),
    }
    return { ...from, key: to, ...(await copyRanges(copying, from, to, kept, abortSignal)) }
  }
  const copied = await client.send(new CopyObjectCommand({ Bucket: bucket, Key: to, ...source(bucket, from) }), {
    abortSignal,
  })
  const { ETag, LastModified } = copied.CopyObjectResult ?? {}
  return {
    ...from,
    key: to,
    ...(ETag === undefined ? {} : { etag: bareEtag(ETag) }),
    ...(LastModified === undefined ? {} : { modified: LastModified }),
  }
}

/** Copies the object onto itself, since an object's properties cannot be changed; what is not named is kept. */
export async function replaceProperties(
  copying: Copying,
  object: StoredObject,
  { contentType, metadata = object.metadata }: ObjectProperties,
  abortSignal: AbortSignal,
): Promise<void> {
  const { client, bucket, longestCopy } = copying
  const before = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: object.key }), { abortSignal })
  const kept = {
    ContentType: contentType ?? before.ContentType,
    Metadata: s3Metadata(metadata ?? {}),
    CacheControl: before.CacheControl,
    ContentDisposition: before.ContentDisposition,
    ContentEncoding: before.ContentEncoding,
    ContentLanguage: before.ContentLanguage,
    StorageClass: before.StorageClass,
  }
  if (object.size > longestCopy) {
    await copyRanges(copying, object, object.key, kept, abortSignal)
    return
  }
  const replaced = {
    Bucket: bucket,
    Key: object.key,
    ...source(bucket, object),
    ...kept,
    MetadataDirective: 'REPLACE',
  } as const
  await client.send(new CopyObjectCommand(replaced), { abortSignal })
}

/** Without a condition on the source: some storages compare it with another tag than the one that they told. */
function source(bucket: string, { key }: StoredObject) {
  return { CopySource: `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}` }
}

type Kept = Pick<
  ConstructorParameters<typeof CreateMultipartUploadCommand>[0],
  | 'ContentType'
  | 'Metadata'
  | 'CacheControl'
  | 'ContentDisposition'
  | 'ContentEncoding'
  | 'ContentLanguage'
  | 'StorageClass'
>

async function copyRanges(
  { client, bucket, copiedAtOnce }: Copying,
  from: StoredObject,
  to: string,
  kept: Kept,
  abortSignal: AbortSignal,
): Promise<Pick<StoredObject, 'etag'>> {
  const target = { Bucket: bucket, Key: to }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...target, ...kept }), { abortSignal })
  const upload = { ...target, UploadId }
  try {
    const parts: { readonly PartNumber: number; readonly ETag: string | undefined }[] = []
    for (let start = 0; start < from.size; start += copiedAtOnce) {
      const end = Math.min(start + copiedAtOnce, from.size) - 1
      const part = { ...upload, ...source(bucket, from), PartNumber: parts.length + 1 }
      const copied = await client.send(
        new UploadPartCopyCommand({ ...part, CopySourceRange: `bytes=${start}-${end}` }),
        { abortSignal },
      )
      parts.push({ PartNumber: part.PartNumber, ETag: copied.CopyPartResult?.ETag })
    }
    const now = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: from.key }), { abortSignal })
    if (now.ETag !== undefined && bareEtag(now.ETag) !== from.etag) {
      throw new Failure('conflict', 'The file was replaced while it was copied', { hint: 'Try again' })
    }
    const complete = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } })
    const { ETag } = await client.send(complete, { abortSignal })
    return ETag === undefined ? {} : { etag: bareEtag(ETag) }
  } catch (thrown) {
    await client
      .send(new AbortMultipartUploadCommand(upload), { abortSignal: AbortSignal.timeout(10_000) })
      .catch(() => {})
    throw thrown
  }
}
