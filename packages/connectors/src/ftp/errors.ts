import { Failure } from '@gatehouse/core'
import { FTPError } from 'basic-ftp'

/** The number of the reply with which a server refused a command (RFC 959, 4.2), where it was the server. */
export function replyOf(thrown: unknown): number | undefined {
  return thrown instanceof FTPError ? thrown.code : undefined
}

/** The server did not do it because of what is, or is not, at the path: FTP says no more than that. */
export function isRefusal(thrown: unknown): boolean {
  const reply = replyOf(thrown)
  return reply === 450 || reply === 550 || reply === 553
}

/** What the server or the connection threw, as a failure; the text of neither gets into its message. */
export function toFtpFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown
  const reply = replyOf(thrown)
  if (reply === undefined) return unreachable(thrown)
  if (reply === 430 || reply === 530 || reply === 532) {
    return new Failure('unavailable', 'The storage refuses the credentials of the service', {
      retryAfter: 60,
      cause: thrown,
    })
  }
  if (isRefusal(thrown)) {
    return new Failure('conflict', 'The storage refused to do this', {
      hint: 'The path may not be there any more, something else may be at it, or the account may not do this',
      cause: thrown,
    })
  }
  if (reply === 452 || reply === 552) {
    return new Failure('unavailable', 'The storage is full', { retryAfter: 60, cause: thrown })
  }
  if (reply >= 500 && reply < 510) return new Failure('unsupported', 'The storage cannot do this', { cause: thrown })
  return new Failure('unavailable', 'The storage could not be used', { retryAfter: 1, cause: thrown })
}

function unreachable(cause: unknown): Failure {
  if (cause instanceof Error && cause.message.startsWith('Timeout')) return late(cause)
  return new Failure('unavailable', 'The storage cannot be reached', { retryAfter: 1, cause })
}

export function late(cause?: unknown): Failure {
  return new Failure('timeout', 'The storage did not answer in time', { retryAfter: 1, cause })
}
