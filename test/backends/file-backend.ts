import type { JsonObject } from '@gatehouse/core'

/** A real storage, made empty for one test file. */
export interface OpenFileBackend {
  /** The service's entry in the configuration. */
  readonly service: JsonObject
  /** Stops the storage from answering, or lets it answer again; absent where nobody can. */
  down?(isDown: boolean): Promise<void>
  close(): Promise<void>
}

/** What the tests must know of one storage. Data, so that no test asks which one it is. */
export interface FileBackend {
  readonly name: string
  readonly can: {
    /** Folders are there without anything in them. */
    readonly folders: boolean
    /** A write that breaks off leaves nothing, or the old file. */
    readonly atomicWrite: boolean
    /** Entity tags change whenever the content does, also within a second and at the same size. */
    readonly exactTags: boolean
    /** Free properties and a media type of one's own are kept with a file. */
    readonly metadata: boolean
    readonly presign: boolean
    /** Of several writers that each ask for a new file, one alone gets it. */
    readonly onlyOneCreates: boolean
    /** False: listings do not tell when a file was changed. */
    readonly listedTimes?: boolean
  }
  /** Files that can be made on it in a few seconds; 600 where absent. */
  readonly many?: number
  /** Names that the storage itself cannot hold. */
  readonly cannotName?: RegExp
  open(): Promise<OpenFileBackend | { readonly skipped: string }>
}
