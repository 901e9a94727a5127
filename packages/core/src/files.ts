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
