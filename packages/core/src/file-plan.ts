import type { Verb } from './principal.js'

/** What a caller may do with the paths of one service. Set by `restrict` alone; a storage is asked nothing without it. */
export interface FileScope {
  /** The verb is granted on this very path. */
  may(path: string, verb: Verb): boolean
  /** A file that may be read; a folder that may be read, or that leads to something that may be. */
  sees(path: string): boolean
  /** The verb is granted on the folder and on everything that is or can be beneath it. */
  mayAll(folder: string, verb: Verb): boolean
}

interface Filing {
  /** Normalised by `filePath`. A folder's ends in `/`; the root is ``. */
  readonly path: string
  readonly scope?: FileScope
  /** Milliseconds without any progress; the service's timeout where absent. */
  readonly timeoutMs?: number
  readonly dryRun?: boolean
}

export interface FileListPlan extends Filing {
  readonly kind: 'file_list'
  /** All that is beneath, not only what is directly in the folder. */
  readonly deep: boolean
  readonly files: boolean
  readonly folders: boolean
  /** A glob: of names, or of paths below the folder where it has a `/`. */
  readonly search?: string
  readonly limit: number
  readonly cursor?: string
  readonly asList: boolean
  /** `limit` was lowered from what the caller asked, to be said in `meta`. */
  readonly cut?: { readonly asked: number; readonly allowed: number }
}

/** Bytes as a Range header asks for them: from `start`, up to and with `end`; or the last so many. */
export type RangeAsked = { readonly start: number; readonly end?: number } | { readonly last: number }

export interface FileReadPlan extends Filing {
  readonly kind: 'file_read'
  readonly range?: RangeAsked
  /** The range holds only while the file has this entity tag; else the whole file. */
  readonly ifRange?: string
  /** Entity tags of which one means that the caller has the file already; `*` for any. */
  readonly ifNoneMatch?: readonly string[]
  readonly ifModifiedSince?: Date
  /** Of a file that is text: begin behind so many bytes. Other types are read from their beginning. */
  readonly textOffset?: number
}

export interface FileStatPlan extends Filing {
  readonly kind: 'file_stat'
}

export interface FileWritePlan extends Filing {
  readonly kind: 'file_write'
  /** Absent: the call brings the content as a stream. */
  readonly content?: Uint8Array
  readonly contentType?: string
  /** The entity tag that the file must still have; `*`: it must exist. */
  readonly ifMatch?: string
  /** It must not exist yet: else `precondition_failed`. */
  readonly ifNoneMatch: boolean
  /** It must not exist yet: else `conflict`. */
  readonly checkExist: boolean
}

export interface FolderCreatePlan extends Filing {
  readonly kind: 'folder_create'
  readonly checkExist: boolean
}

export interface FileDeletePlan extends Filing {
  readonly kind: 'file_delete'
  /** A folder with all that is in it; without, only an empty one. */
  readonly force: boolean
  readonly ifMatch?: string
}

export interface FileCopyPlan extends Filing {
  readonly kind: 'file_copy'
  /** `path` is where it goes. Both are files or both are folders. */
  readonly source: string
  readonly deleteSource: boolean
  readonly checkExist: boolean
}

export interface FilePropertiesPlan extends Filing {
  readonly kind: 'file_properties'
  readonly contentType?: string
  readonly metadata?: Readonly<Record<string, string>>
}

export interface FolderZipPlan extends Filing {
  readonly kind: 'folder_zip'
}

/** Unpacks a zip, the call's content, into the folder. */
export interface FolderExtractPlan extends Filing {
  readonly kind: 'folder_extract'
  /** Files that are there already make it a `conflict`. */
  readonly checkExist: boolean
}

export interface FilePresignPlan extends Filing {
  readonly kind: 'file_presign'
  readonly seconds: number
}

/** The neutral question to a storage. */
export type FilePlan =
  | FileListPlan
  | FileReadPlan
  | FileStatPlan
  | FileWritePlan
  | FolderCreatePlan
  | FileDeletePlan
  | FileCopyPlan
  | FilePropertiesPlan
  | FolderZipPlan
  | FolderExtractPlan
  | FilePresignPlan

/** True for what is asked of a storage: no other plan has a path. */
export function isFilePlan(plan: { readonly kind: string }): plan is FilePlan {
  return 'path' in plan
}
