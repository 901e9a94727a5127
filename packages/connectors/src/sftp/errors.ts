import { Failure } from '@gatehouse/core'

/** What a server says of a request (draft-ietf-secsh-filexfer-02, section 7). */
export const status = { endOfFile: 1, noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const

/** The number with which a server refused a request, where it was the server. */
export function statusOf(thrown: unknown): number | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'number' ? thrown.code : undefined
}

/** What the server or the connection threw, as a failure; the text of neither gets into its message. */
export function toSftpFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown
  switch (statusOf(thrown)) {
    case undefined:
      return unreachable(thrown)
    case status.noSuchFile:
      return new Failure('not_found', 'There is no such file or folder', { cause: thrown })
    case status.permissionDenied:
      return new Failure('forbidden', 'The storage does not let Gatehouse do this', { cause: thrown })
    case status.failure:
      return new Failure('conflict', 'The storage could not do this', {
        hint: 'Something else may be at this path, a folder may not be empty, or the storage is full',
        cause: thrown,
      })
    case status.unsupported:
      return new Failure('unsupported', 'The storage cannot do this', { cause: thrown })
    default:
      return new Failure('unavailable', 'The storage could not be used', { retryAfter: 1, cause: thrown })
  }
}

function unreachable(cause: unknown): Failure {
  const level = cause instanceof Error && 'level' in cause ? cause.level : undefined
  if (level === 'client-authentication') {
    return new Failure('unavailable', 'The storage refuses the credentials of the service', { retryAfter: 60, cause })
  }
  return new Failure('unavailable', 'The storage cannot be reached', { retryAfter: 1, cause })
}
