import { Failure, type FilePlan, type FileScope } from '@gatehouse/core'

/** What the caller may do. Throws `internal` for a plan that was not restricted: then nothing is done. */
export function scopeOf(plan: FilePlan): FileScope {
  if (plan.scope) return plan.scope
  throw new Failure('internal', 'A plan for a storage without a scope')
}
