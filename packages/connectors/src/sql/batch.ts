import { type BatchMode, Failure, type JsonText, parseJson, toFailure } from '@gatehouse/core'

/** What became of each record, in order: its JSON text, or its failure. In mode `stop` the rest is missing. */
export type Outcome = JsonText | Failure

/** Failures that no other record can escape either. */
const fatal: ReadonlySet<string> = new Set(['timeout', 'cancelled', 'unavailable', 'internal', 'limited'])

export function isFatal(failure: Failure): boolean {
  return fatal.has(failure.code)
}

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

/** The failure of a batch of which some records failed; for one record its own. */
export function batchFailure(outcomes: readonly Outcome[], single = false): Failure {
  const failed = outcomes.flatMap((outcome, index) => (outcome instanceof Failure ? [index] : []))
  const first = outcomes[failed[0] ?? 0]
  if (single && first instanceof Failure) return first
  const records = outcomes.map((outcome) => (outcome instanceof Failure ? outcome : parseJson(textOf(outcome))))
  const message = `${failed.length} of the records could not be written: the first one is at index ${failed[0]}`
  return new Failure('invalid', first instanceof Failure ? `${message} (${first.message})` : message, {
    batch: { failed, records },
    ...(first instanceof Failure && first.hint !== undefined ? { hint: first.hint } : {}),
    ...(first instanceof Failure && first.cause !== undefined ? { cause: first.cause } : {}),
  })
}

export function textOf(text: JsonText): string {
  return typeof text === 'string' ? text : Buffer.from(text).toString('utf8')
}
