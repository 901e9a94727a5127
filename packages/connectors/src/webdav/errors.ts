import { Failure } from '@gatehouse/core'

/** What a server answered that is not what was asked for. Its text is for the log only. */
export class WebdavRefusal extends Error {
  override readonly name = 'WebdavRefusal'
  readonly status: number

  constructor(method: string, status: number) {
    super(`The server answered ${method} with ${status}`)
    this.status = status
  }
}

function statusOf(thrown: unknown): number | undefined {
  return thrown instanceof WebdavRefusal ? thrown.status : undefined
}

/** What the server or the connection threw, as a failure; the text of neither gets into its message. */
export function toWebdavFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown
  const cause = thrown
  switch (statusOf(thrown)) {
    case undefined:
      return new Failure('unavailable', 'The storage cannot be reached', { retryAfter: 1, cause })
    case 401:
    case 407:
      return new Failure('unavailable', 'The storage refuses the credentials of the service', { retryAfter: 60, cause })
    case 403:
      return new Failure('forbidden', 'The storage does not let Gatehouse do this', { cause })
    case 404:
    case 410:
      return new Failure('not_found', 'There is no such file or folder', { cause })
    case 405:
    case 409:
      return new Failure('conflict', 'The storage could not do this', {
        hint: 'Something else may be at this path, or its folder may be gone',
        cause,
      })
    case 411:
      return new Failure('invalid', 'The storage takes only content of which the length is known', { cause })
    case 412:
      return new Failure('precondition_failed', 'The file has changed meanwhile', { cause })
    case 413:
      return new Failure('too_large', 'The file is too large for the storage', { cause })
    case 423:
      return new Failure('conflict', 'The file is locked', { cause })
    case 507:
      return new Failure('unavailable', 'The storage is full', { retryAfter: 60, cause })
    case 501:
      return new Failure('unsupported', 'The storage cannot do this', { cause })
    default:
      return new Failure('unavailable', 'The storage could not be used', { retryAfter: 1, cause })
  }
}
