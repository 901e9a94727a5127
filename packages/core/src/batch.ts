import type { JsonText } from './connector.js'
import { Failure } from './failure.js'
import { parseJson } from './parse-json.js'
import { stringOf } from './string-of.js'

/** What became of each record of a batch, in order: its JSON text, or its failure. In mode `stop` the rest is missing. */
export type Outcome = JsonText | Failure

/** Failures that no other record can escape either. */
const fatal: ReadonlySet<string> = new Set(['timeout', 'cancelled', 'unavailable', 'internal', 'limited'])

export function isFatal(failure: Failure): boolean {
  return fatal.has(failure.code)
}

/** The failure of a batch of which some records failed; for one record its own. */
export function batchFailure(outcomes: readonly Outcome[], single = false): Failure {
  const failed = outcomes.flatMap((outcome, index) => (outcome instanceof Failure ? [index] : []))
  const first = outcomes[failed[0] ?? 0]
  if (single && first instanceof Failure) return first
  const records = outcomes.map((outcome) => (outcome instanceof Failure ? outcome : parseJson(stringOf(outcome))))
  const message = `${failed.length} of the records could not be written: the first one is at index ${failed[0]}`
  return new Failure('invalid', first instanceof Failure ? `${message} (${first.message})` : message, {
    batch: { failed, records },
    ...(first instanceof Failure && first.hint !== undefined ? { hint: first.hint } : {}),
    ...(first instanceof Failure && first.cause !== undefined ? { cause: first.cause } : {}),
  })
}
