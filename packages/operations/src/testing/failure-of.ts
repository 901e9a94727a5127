import { Failure } from '@gatehouse/core'

/** The failure that `run` ends in. */
export function failureOf(run: () => unknown): Failure {
  try {
    run()
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown
    throw thrown
  }
  throw new Error('It did not fail')
}
