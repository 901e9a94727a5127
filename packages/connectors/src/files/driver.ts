import type { FileEntry } from '@gatehouse/core'

/** What a storage can do beyond reading, writing, listing and deleting, as data. */
interface FileAbilities {
  /** A write that breaks off leaves nothing, or the file that was there. */
  readonly atomicWrite: boolean
  /** Folders exist for themselves. False: a folder is there while a file is in it, or an empty marker. */
  readonly folders: boolean
  /** Free properties can be kept with a file. */
  readonly metadata: boolean
  /** `ifMatch` and `ifNoneMatch` are checked by the storage in the same step. False: just before, so a race is possible. */
  readonly conditionalWrite: boolean
}

export interface ListPage {
  readonly entries: readonly FileEntry[]
  /** Where the next page begins: the storage's own continuation, opaque; absent at the end. */
  readonly next?: string
}

/** First and last byte, both included; without `end`, to the end of the file. */
export interface ByteRange {
  readonly start: number
  readonly end?: number
}

export interface WriteOptions {
  readonly contentType: string
  /** Bytes, where the sender said so; content of another length is an error, and nothing is kept. */
  readonly size?: number
  /** The entity tag that the file must still have; else `precondition_failed`. */
  readonly ifMatch?: string
  /** True: the file must not exist yet; else `precondition_failed`. */
  readonly ifNoneMatch?: boolean
  readonly metadata?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/**
 * What one kind of storage does; `fileConnector` makes a connector of it. Paths are normalised and safe when they come
 * here: no `..`, no empty part, no NUL, no backslash. Only what the storage itself may do with a safe path (symbolic
 * links) is the driver's to refuse.
 *
 * Every method throws Failure: `unavailable` for a storage that cannot be reached or that refuses Gatehouse's own
 * credentials, `not_found`, `conflict` (a file where a folder is wanted, or the reverse), `precondition_failed`,
 * `timeout`; `cancelled` when the signal aborted. The storage's own error is the private cause.
 */
export interface FileDriver {
  readonly abilities: FileAbilities
  /** Reaches the storage and its root with the configured credentials. */
  probe(signal: AbortSignal): Promise<void>
  /** Undefined where nothing is. A path that ends in `/` (or the root) asks for a folder. */
  stat(path: string, signal: AbortSignal): Promise<FileEntry | undefined>
  /**
   * What is directly in a folder, or with `deep` everything beneath it, in a stable order, at most `limit` entries.
   * Memory does not grow with the number of entries where the storage lists in pages. A folder that is not there:
   * `not_found` where `folders`, else an empty page.
   */
  list(
    folder: string,
    options: { readonly deep: boolean; readonly limit: number; readonly from?: string; readonly signal: AbortSignal },
  ): Promise<ListPage>
  /**
   * The entry is of the whole file; the chunks are the bytes of the range. They end in an error, never early, when the
   * storage stops in the middle, and free what they hold when the reader stops. A range beyond the end: `range_not_satisfiable`.
   */
  read(
    path: string,
    options: { readonly range?: ByteRange; readonly signal: AbortSignal },
  ): Promise<{ readonly entry: FileEntry; readonly chunks: AsyncIterable<Uint8Array> }>
  /** Creates or replaces; makes missing parent folders. Streams: waits for the storage before it takes more content. */
  write(
    path: string,
    content: AsyncIterable<Uint8Array>,
    options: WriteOptions,
  ): Promise<{ readonly entry: FileEntry; readonly created: boolean }>
  /** False where it was there already. Makes missing parents. */
  createFolder(path: string, signal: AbortSignal): Promise<boolean>
  deleteFile(path: string, options: { readonly ifMatch?: string; readonly signal: AbortSignal }): Promise<void>
  /** With all that is in it. */
  deleteFolder(path: string, signal: AbortSignal): Promise<void>
  /**
   * Copies one file within the storage; absent where it must be read and written. Replaces what is there. `onProgress`
   * is called while bytes go on, where the driver sees them.
   */
  copy?(from: string, to: string, signal: AbortSignal, onProgress?: () => void): Promise<FileEntry>
  /** Renames a file or a folder, in one step; absent where it must be copied and deleted. Replaces a file that is there. */
  move?(from: string, to: string, signal: AbortSignal): Promise<void>
  /** Absent where the storage has no such properties. Sets those that are given and keeps the others. */
  setProperties?(
    path: string,
    properties: { readonly contentType?: string; readonly metadata?: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): Promise<FileEntry>
  /** A URL that lets whoever has it read this file from the storage itself, for so many seconds. */
  presign?(path: string, seconds: number): Promise<string>
  close(): Promise<void>
}
