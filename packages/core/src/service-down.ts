import { Failure } from './failure.js'

/** Seconds after which a service that is down is worth another try. */
const retryAfter = 5

/** What callers are told of a service whose source cannot be reached. */
export function serviceDown(name: string): Failure {
  return new Failure('unavailable', `The service \`${name}\` is not available now`, {
    hint: 'What is behind it does not answer; try again',
    retryAfter,
  })
}
