import {
  type BatchMode,
  batchFailure,
  type Failure,
  isFatal,
  type JsonText,
  type Outcome,
  toFailure,
} from '@gatehouse/core'

/**
 * Runs records one by one, each of which leaves nothing behind when it fails. `stop` leaves what was done before the
 * first failure, `continue` goes on behind it; `rollback` throws at once, so that the transaction is undone.
 */
export async function eachRecord(
  mode: BatchMode,
  count: number,
  run: (index: number) => Promise<JsonText>,
  failureOf: (thrown: unknown) => Failure = toFailure,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (let index = 0; index < count; index++) {
    try {
      outcomes.push(await run(index))
    } catch (thrown) {
      const failure = failureOf(thrown)
      if (isFatal(failure)) throw failure
      outcomes.push(failure)
      if (mode === 'rollback') throw batchFailure(outcomes)
      if (mode === 'stop') break
    }
  }
  return outcomes
}
