import type { FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2'
import type { SftpConnection } from './connection.js'
import { status, statusOf } from './errors.js'

type Send<T> = (sftp: SFTPWrapper, done: (error: Error | null | undefined, value: T) => void) => void

/** The value, or undefined where the server has no such file. */
async function orNone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (thrown) {
    if (statusOf(thrown) === status.noSuchFile) return undefined
    throw thrown
  }
}

const nothing = (send: (sftp: SFTPWrapper, done: (error?: Error | null) => void) => void): Send<void> => send

/** The requests of SFTP that file storage needs, one function each. */
export const requests = {
  realpath: (on: SftpConnection, path: string) => orNone(on.call<string>((sftp, done) => sftp.realpath(path, done))),
  lstat: (on: SftpConnection, path: string) => orNone(on.call<Stats>((sftp, done) => sftp.lstat(path, done))),
  fstat: (on: SftpConnection, handle: Buffer) => on.call<Stats>((sftp, done) => sftp.fstat(handle, done)),
  open: (on: SftpConnection, path: string, flags: 'r' | 'wx') =>
    on.call<Buffer>((sftp, done) => sftp.open(path, flags, done)),
  close: (on: SftpConnection, handle: Buffer) => on.call(nothing((sftp, done) => sftp.close(handle, done))),
  opendir: (on: SftpConnection, path: string) => on.call<Buffer>((sftp, done) => sftp.opendir(path, done)),
  /** Some entries, as `lstat` tells them; undefined at the end. */
  async readdir(on: SftpConnection, handle: Buffer): Promise<readonly FileEntryWithStats[] | undefined> {
    try {
      return await on.call<FileEntryWithStats[]>((sftp, done) => sftp.readdir(handle, done))
    } catch (thrown) {
      if (statusOf(thrown) === status.endOfFile) return undefined
      throw thrown
    }
  },
  mkdir: (on: SftpConnection, path: string) => on.call(nothing((sftp, done) => sftp.mkdir(path, done))),
  rmdir: (on: SftpConnection, path: string) => on.call(nothing((sftp, done) => sftp.rmdir(path, done))),
  unlink: (on: SftpConnection, path: string) => on.call(nothing((sftp, done) => sftp.unlink(path, done))),
  /** Fails where the target is there. */
  rename: (on: SftpConnection, from: string, to: string) =>
    on.call(nothing((sftp, done) => sftp.rename(from, to, done))),
  /** In one step where the server can, which OpenSSH's extension lets it. */
  async replace(on: SftpConnection, from: string, to: string): Promise<void> {
    try {
      await on.call(nothing((sftp, done) => sftp.ext_openssh_rename(from, to, done)))
    } catch (thrown) {
      // Thrown before anything is sent, where the server did not offer it.
      const unknown = on.alive && (statusOf(thrown) === undefined || statusOf(thrown) === status.unsupported)
      if (!unknown) throw thrown
      await requests.unlink(on, to).catch((refused) => {
        if (statusOf(refused) !== status.noSuchFile) throw refused
      })
      await requests.rename(on, from, to)
    }
  },
  /** To the disk, where the server can be told so. */
  async sync(on: SftpConnection, handle: Buffer): Promise<void> {
    try {
      await on.call(nothing((sftp, done) => sftp.ext_openssh_fsync(handle, done)))
    } catch (thrown) {
      const unknown = on.alive && (statusOf(thrown) === undefined || statusOf(thrown) === status.unsupported)
      if (!unknown) throw thrown
    }
  },
  read: (on: SftpConnection, handle: Buffer, into: Buffer, offset: number, position: number) =>
    on.call<number>((sftp, done) =>
      sftp.read(handle, into, offset, into.length - offset, position, (error, bytes) => done(error, bytes)),
    ),
  write: (on: SftpConnection, handle: Buffer, from: Buffer, position: number) =>
    on.call(nothing((sftp, done) => sftp.write(handle, from, 0, from.length, position, done))),
  setModified: (on: SftpConnection, handle: Buffer, seconds: number) =>
    on.call(nothing((sftp, done) => sftp.futimes(handle, seconds, seconds, done))),
}
