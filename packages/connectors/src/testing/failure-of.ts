import { Failure } from '@gatehouse/core'

/** The failure that something ends in. Throws when it does not. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(thrown instanceof Failure)) throw new Error(`Not a Failure: ${String(thrown)}`, { cause: thrown })
  return thrown
}
