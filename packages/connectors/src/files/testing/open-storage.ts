import type { FileDriver } from '../driver.js'

interface DriverSettings {
  readonly max?: number
  readonly idleMs?: number
  readonly timeoutMs?: number
}

export interface OpenStorage {
  /** A driver of its own on the storage, which the caller closes: 10 connections at most, 20 seconds of patience. */
  driver(settings?: DriverSettings): FileDriver
  /** Drivers that the storage, or its certificate, must refuse, by what is wrong with them; closed by the caller. */
  refused?(): Readonly<Record<string, FileDriver>>
  /** Ends, stops or wakes what serves the sessions; absent where nobody can. */
  signal?(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
  /** Makes a symbolic link in the root; absent where nobody can. */
  link?(target: string, name: string): void
  /** True: the server follows links itself, and does not tell. */
  readonly followsLinks?: boolean
  /** Sessions that the server has now, those of other drivers too; absent where nobody can tell. */
  sessions?(): readonly string[]
  /** Names that lie in a folder of the storage, whether a driver shows them or not; absent where nobody can look. */
  names?(folder: string): readonly string[]
  close(): Promise<void>
}

/** One test; `lacks` says why the storage cannot show this, where it cannot. */
export type Check = (
  what: string,
  body: (driver: FileDriver, storage: OpenStorage) => Promise<void>,
  lacks?: (storage: OpenStorage) => string | undefined,
) => void
