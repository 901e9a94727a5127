import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { BlobDownloadResponseParsed, BlobItem, BlobPrefix, ContainerClient } from '@azure/storage-blob'
import { Failure } from '@gatehouse/core'
import { inParallel } from '../objects/in-parallel.js'
import { bareEtag, metadataHeaders, metadataOf, quotedEtag, wholeSize } from '../objects/properties.js'
import type { Body, ObjectPage, ObjectStore, PartUpload, PutOptions, StoredObject, Written } from '../objects/store.js'
import type { AzureCredential } from './config.js'
import { copyBlob } from './copy.js'
import { toAzureFailure } from './errors.js'
import { presigner } from './presign.js'

/** https://learn.microsoft.com/azure/storage/blobs/scalability-targets: 5000 MiB in one request, 50,000 blocks. */
const longestPut = 5000 * 1024 ** 2
const mostParts = 50_000
const deletedAtOnce = 8
/** Requests by which an interrupted download goes on, before it counts as broken. */
const resumptions = 2

export function azureStore(container: ContainerClient, credential: AzureCredential['kind']): ObjectStore {
  const failing = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (thrown) {
      throw toAzureFailure(thrown, signal)
    }
  }

  const head = async (key: string, signal: AbortSignal): Promise<StoredObject | undefined> => {
    try {
      return storedObject(key, await container.getBlobClient(key).getProperties({ abortSignal: signal }))
    } catch (thrown) {
      const failure = toAzureFailure(thrown, signal)
      if (failure.code === 'not_found') return undefined
      throw failure
    }
  }

  const remove = (key: string, ifMatch: string | undefined, signal: AbortSignal) =>
    failing(signal, () =>
      container.getBlobClient(key).delete({
        abortSignal: signal,
        deleteSnapshots: 'include',
        ...(ifMatch === undefined ? {} : { conditions: { ifMatch: quotedEtag(ifMatch) } }),
      }),
    )

  const presign = presigner(container, credential)

  return {
    conditional: true,
    longestPut,
    mostParts,
    head,

    async list({ prefix, delimited, limit, from, signal }) {
      const options = { prefix, includeMetadata: true, abortSignal: signal }
      const settings = {
        maxPageSize: Math.min(limit, 5000),
        ...(from === undefined ? {} : { continuationToken: from }),
      }
      return failing(signal, async () => {
        if (delimited) {
          for await (const { segment, continuationToken } of container
            .listBlobsByHierarchy('/', options)
            .byPage(settings)) {
            return objectPage(segment.blobItems, segment.blobPrefixes, continuationToken)
          }
        } else {
          for await (const { segment, continuationToken } of container.listBlobsFlat(options).byPage(settings)) {
            return objectPage(segment.blobItems, [], continuationToken)
          }
        }
        return objectPage([], [], undefined)
      })
    },

    async get(key, { range, signal }) {
      const count = range?.end === undefined ? undefined : range.end - range.start + 1
      const found = await failing(signal, () =>
        container
          .getBlobClient(key)
          .download(range?.start ?? 0, count, { abortSignal: signal, maxRetryRequests: resumptions }),
      )
      const { readableStreamBody: body, contentLength: length } = found
      const size = wholeSize({ contentRange: found.contentRange, length }, range?.start ?? 0)
      if (!(body instanceof Readable) || length === undefined || size === undefined) {
        throw new Failure('unavailable', 'The storage does not say how much it sends', { retryAfter: 5 })
      }
      return { object: storedObject(key, propertiesOf(found, size)), length, body }
    },

    async put(key, body, options) {
      const blob = container.getBlockBlobClient(key)
      const { signal } = options
      return failing(signal, async () =>
        writtenOf(await blob.upload(requestBody(body), body.length, { ...sent(options), abortSignal: signal })),
      )
    },

    async startParts(key, options): Promise<PartUpload> {
      const blob = container.getBlockBlobClient(key)
      const upload = randomBytes(8).toString('hex')
      const ids: string[] = []
      return {
        async put(number, body, signal) {
          // All of one length, as the storage wants them, and this upload's own: others may write the file as well.
          const id = Buffer.from(`${upload}-${String(number).padStart(6, '0')}`).toString('base64')
          await failing(signal, () => blob.stageBlock(id, requestBody(body), body.length, { abortSignal: signal }))
          ids.push(id)
        },
        complete: (signal) =>
          failing(signal, async () =>
            writtenOf(await blob.commitBlockList(ids, { ...sent(options), abortSignal: signal })),
          ),
        // Blocks that no list names are seen by nobody; the storage drops them within a week, or with the next write.
        // No request drops them at once, other than one that would make the file.
        async abort() {},
      }
    },

    delete: async (key, { ifMatch, signal }) => {
      await remove(key, ifMatch, signal)
    },

    deleteMany: (keys, signal) =>
      inParallel(keys, deletedAtOnce, signal, async (key, own) => {
        await remove(key, undefined, own).catch((thrown) => {
          if (!(thrown instanceof Failure) || thrown.code !== 'not_found') throw thrown
        })
      }),

    async copy(from, to, signal) {
      await failing(signal, () => copyBlob(container, from, to, signal))
      return found(await head(to, signal))
    },

    async setProperties({ key }, { contentType, metadata }, signal) {
      const blob = container.getBlobClient(key)
      await failing(signal, async () => {
        const before = await blob.getProperties({ abortSignal: signal })
        const match = (etag: string | undefined) => ({
          abortSignal: signal,
          ...(etag === undefined ? {} : { conditions: { ifMatch: etag } }),
        })
        let { etag } = before
        if (contentType !== undefined) {
          // The storage clears the headers that are not sent.
          const kept = {
            blobContentType: contentType,
            ...(before.cacheControl === undefined ? {} : { blobCacheControl: before.cacheControl }),
            ...(before.contentDisposition === undefined ? {} : { blobContentDisposition: before.contentDisposition }),
            ...(before.contentEncoding === undefined ? {} : { blobContentEncoding: before.contentEncoding }),
            ...(before.contentLanguage === undefined ? {} : { blobContentLanguage: before.contentLanguage }),
            ...(before.contentMD5 === undefined ? {} : { blobContentMD5: before.contentMD5 }),
          }
          etag = (await blob.setHTTPHeaders(kept, match(etag))).etag
        }
        if (metadata !== undefined) await blob.setMetadata(azureMetadata(metadata), match(etag))
      })
      return found(await head(key, signal))
    },

    ...(presign === undefined
      ? {}
      : {
          presign: (key: string, seconds: number) => failing(AbortSignal.timeout(10_000), () => presign(key, seconds)),
        }),

    close() {},
  }
}

/** A stream can be sent once: a repetition would send its rest as if it were all. */
function requestBody({ bytes }: Body): Uint8Array | (() => NodeJS.ReadableStream) {
  if (!(bytes instanceof Readable)) return bytes
  let used = false
  return () => {
    if (used) throw new Failure('unavailable', 'The storage broke off the upload', { retryAfter: 5 })
    used = true
    return bytes
  }
}

function sent({ contentType, metadata, ifMatch, ifNoneMatch }: PutOptions) {
  return {
    blobHTTPHeaders: { blobContentType: contentType },
    ...(metadata === undefined ? {} : { metadata: azureMetadata(metadata) }),
    conditions: {
      ...(ifMatch === undefined ? {} : { ifMatch: quotedEtag(ifMatch) }),
      ...(ifNoneMatch ? { ifNoneMatch: '*' } : {}),
    },
  }
}

function azureMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return metadataHeaders(metadata, /^[a-z_]\w*$/i, 'letters, digits and _, and no digit first')
}

function objectPage(
  items: readonly BlobItem[],
  prefixes: readonly BlobPrefix[] = [],
  next: string | undefined,
): ObjectPage {
  return {
    objects: items.map(({ name, properties, metadata }) => storedObject(name, { ...properties, metadata })),
    prefixes: prefixes.map(({ name }) => name),
    ...(next ? { next } : {}),
  }
}

/** One by one: they are getters, which nothing copies. */
function propertiesOf({ lastModified, etag, contentType, metadata }: BlobDownloadResponseParsed, size: number): Found {
  return { contentLength: size, lastModified, etag, contentType, metadata }
}

interface Found {
  readonly contentLength?: number | undefined
  readonly lastModified?: Date | undefined
  readonly etag?: string | undefined
  readonly contentType?: string | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

/** By which accounts with a hierarchy show their folders among the blobs. */
const folderMark = 'hdi_isfolder'

function storedObject(key: string, { contentLength, lastModified, etag, contentType, metadata }: Found): StoredObject {
  const { [folderMark]: folder, ...own } = metadata ?? {}
  const known = metadataOf(own)
  return {
    key,
    size: contentLength ?? 0,
    ...(lastModified === undefined ? {} : { modified: lastModified }),
    ...(etag === undefined ? {} : { etag: bareEtag(etag) }),
    ...(contentType ? { contentType } : {}),
    ...(known === undefined ? {} : { metadata: known }),
    ...(folder === 'true' ? { folder: true } : {}),
  }
}

function writtenOf({ etag, lastModified }: Pick<Found, 'etag' | 'lastModified'>): Written {
  return {
    ...(etag === undefined ? {} : { etag: bareEtag(etag) }),
    ...(lastModified === undefined ? {} : { modified: lastModified }),
  }
}

function found(object: StoredObject | undefined): StoredObject {
  if (object === undefined) throw new Failure('not_found', 'There is no such file')
  return object
}
