import { Failure, type Plan } from '@gatehouse/core'
import { expect } from 'vitest'
import { restrict } from '../restrict.js'
import { type Grants, restrictionOf } from './view.js'

// More in a long run: FUZZ_CASES=20000.
export const numRuns = Number(process.env.FUZZ_CASES ?? 1000)
const refusals = ['invalid', 'forbidden', 'not_found', 'too_large']

/** Undefined where the plan is refused, as it must be when it asks for what the grants do not show. */
export function attempt<P extends Plan>(plan: P, grants: Grants): P | undefined {
  try {
    return restrict(plan, restrictionOf(grants)) as unknown as P
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Failure)
    expect(refusals).toContain(thrown instanceof Failure ? thrown.code : '')
    return undefined
  }
}
