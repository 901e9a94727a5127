import { Failure } from '@gatehouse/core'

/** What the operating system says, as a failure: no path and no text of its own in the message. */
export function localFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown
  const cause = thrown
  switch (codeOf(thrown)) {
    case 'ENOENT':
    // A symbolic link, which is never followed.
    case 'ELOOP':
      return new Failure('not_found', 'There is nothing at this path', { cause })
    case 'ENOTDIR':
      return new Failure('conflict', 'A file is where a folder is needed', { cause })
    case 'EISDIR':
      return new Failure('conflict', 'A folder is where a file is needed', { cause })
    case 'EEXIST':
    case 'ENOTEMPTY':
      return new Failure('conflict', 'There is something at the path already', { cause })
    case 'ENAMETOOLONG':
      return new Failure('invalid', 'The path is too long for this storage', { cause })
    case 'ABORT_ERR':
      return new Failure('cancelled', 'The client went away', { cause })
    default:
      return new Failure('unavailable', 'The storage cannot do this now', { retryAfter: 5, cause })
  }
}

export function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined
}
