/** A file or folder of a storage service, as every storage tells it. */
export interface FileEntry {
  /** Below the service's root, parts joined by `/`, without a leading one. A folder's ends in `/`; the root is ``. */
  readonly path: string
  readonly type: 'file' | 'folder'
  /** Media type of a file: the storage's own, else by the name's extension. */
  readonly contentType?: string
  /** Bytes of a file. */
  readonly size?: number
  readonly modified?: Date
  /** Of a file: entity tag without quotes, another one whenever the content changed. */
  readonly etag?: string
  /** The storage's own free properties, where it has them. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** A page of a folder's listing. */
export interface EntriesResult {
  readonly kind: 'entries'
  readonly entries: readonly FileEntry[]
  /** Where the next page begins; absent at the end. */
  readonly next?: string
}

/** A file with its bytes, or with those of a range. */
export interface FileResult {
  readonly kind: 'file'
  readonly entry: FileEntry
  /** First and last byte of `chunks`, both included; absent: the whole file. */
  readonly range?: { readonly start: number; readonly end: number }
  /** Absent: the caller has the file already, or asked for no bytes. */
  readonly chunks?: AsyncIterable<Uint8Array>
  /** The caller's copy is current. */
  readonly unchanged: boolean
}

/** What is known of one file or folder; or what a write, a copy or a change of properties left behind. */
export interface EntryResult {
  readonly kind: 'entry'
  readonly entry: FileEntry
  /** False: it was there before. Absent where nothing could be created. */
  readonly created?: boolean
  /** Files that were copied or unpacked. */
  readonly files?: number
}

/** What went away. */
export interface RemovedResult {
  readonly kind: 'removed'
  readonly path: string
}

export interface PresignedResult {
  readonly kind: 'presigned'
  readonly url: string
  /** When it stops working. */
  readonly expires: Date
}

/** Bytes that a call brings along. They can be read once. */
export interface FileContent {
  readonly chunks: AsyncIterable<Uint8Array>
  readonly contentType?: string
  /** Bytes, where the sender said so. */
  readonly size?: number
}

/** What a storage service can do, as data. */
export interface FileCapabilities {
  readonly writable: boolean
  readonly metadata: boolean
  readonly presign: boolean
  /** Bytes that a file may have. */
  readonly maxFileSize: number
}
