import type { Readable } from 'node:stream'

/** An object as its storage tells it. */
export interface StoredObject {
  readonly key: string
  readonly size: number
  readonly modified?: Date
  /** Without quotes. */
  readonly etag?: string
  readonly contentType?: string
  readonly metadata?: Readonly<Record<string, string>>
  /** It stands for a folder, although its key does not end in `/`. */
  readonly folder?: boolean
}

export interface ObjectPage {
  readonly objects: readonly StoredObject[]
  /** With `delimited`: what the keys that have a further `/` begin with, up to and with that `/`. */
  readonly prefixes: readonly string[]
  /** The storage's own continuation. */
  readonly next?: string
}

interface ListOptions {
  readonly prefix: string
  readonly delimited: boolean
  /** At most so many objects and prefixes together. */
  readonly limit: number
  readonly from?: string
  readonly signal: AbortSignal
}

export interface PutOptions {
  readonly contentType: string
  readonly metadata?: Readonly<Record<string, string>>
  /** The storage checks both in the same step, where `conditional` says that it does. */
  readonly ifMatch?: string
  readonly ifNoneMatch?: boolean
  readonly signal: AbortSignal
}

/** What a storage says of an object that it has just taken. */
export type Written = Pick<StoredObject, 'etag' | 'modified'>

/** Bytes of one request: all at once, or a stream of so many. */
export interface Body {
  readonly bytes: Uint8Array | Readable
  readonly length: number
}

/** An object on its way in parts. It is not there before `complete`. */
export interface PartUpload {
  /** `number` counts from 1; parts come one after the other. */
  put(number: number, body: Body, signal: AbortSignal): Promise<void>
  complete(signal: AbortSignal): Promise<Written>
  /** Gives up, and frees what the storage keeps of it. */
  abort(signal: AbortSignal): Promise<void>
}

interface Download {
  /** Of the whole object. */
  readonly object: StoredObject
  /** Bytes that this answer brings. */
  readonly length: number
  readonly body: Readable
}

/** A property that is given replaces the object's; metadata is replaced as a whole. */
export interface ObjectProperties {
  readonly contentType?: string
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * A flat space of keys: what the object storages have in common, and where they differ as data. Keys are complete, with
 * the root's prefix. Methods throw Failure, as those of FileDriver do.
 */
export interface ObjectStore {
  /** A put checks `ifMatch` and `ifNoneMatch`, a delete `ifMatch`. */
  readonly conditional: boolean
  /** Bytes that one put may have; a part's likewise. */
  readonly longestPut: number
  readonly mostParts: number
  head(key: string, signal: AbortSignal): Promise<StoredObject | undefined>
  list(options: ListOptions): Promise<ObjectPage>
  /** Begins at the byte that was asked for; may end behind the one that was. */
  get(
    key: string,
    options: { readonly range?: { readonly start: number; readonly end?: number }; readonly signal: AbortSignal },
  ): Promise<Download>
  /** One request: the object is there as a whole afterwards, or as it was before. */
  put(key: string, body: Body, options: PutOptions): Promise<Written>
  startParts(key: string, options: PutOptions): Promise<PartUpload>
  /** `not_found` or nothing where no such object is. */
  delete(key: string, options: { readonly ifMatch?: string; readonly signal: AbortSignal }): Promise<void>
  /** At most 1000 keys; those that are gone already are no error. */
  deleteMany(keys: readonly string[], signal: AbortSignal): Promise<void>
  copy(from: StoredObject, to: string, signal: AbortSignal): Promise<StoredObject>
  setProperties(object: StoredObject, properties: ObjectProperties, signal: AbortSignal): Promise<StoredObject>
  /** Absent where the credentials cannot sign. */
  presign?(key: string, seconds: number): Promise<string>
  close(): void
}
