import type { InsertPlan, SelectPlan } from '@gatehouse/core'

export type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type OptionalMembers<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T]
/** `T` while all its optional members are known; else `never`, so that a new one cannot be forgotten here. */
type Complete<T, Known extends keyof T> = [Exclude<OptionalMembers<T>, Known>] extends [never] ? T : never

// Members are written out one by one since a spread object that then grows is slow to make and to read (some
// microseconds a call), and these are on the path of every call.

/** The plan but for what restriction decides. */
export function copySelect(
  plan: Complete<
    SelectPlan,
    'filter' | 'after' | 'policy' | 'timeoutMs' | 'dryRun' | 'cut' | 'includeSchema' | 'across'
  >,
): Mutable<SelectPlan> {
  const copy: Mutable<SelectPlan> = {
    kind: 'select',
    shape: plan.shape,
    table: plan.table,
    columns: plan.columns,
    order: plan.order,
    limit: plan.limit,
    offset: plan.offset,
    keyset: plan.keyset,
    related: plan.related,
    count: plan.count,
    format: plan.format,
    stream: plan.stream,
    numbers: plan.numbers,
    etag: plan.etag,
  }
  if (plan.timeoutMs !== undefined) copy.timeoutMs = plan.timeoutMs
  if (plan.dryRun !== undefined) copy.dryRun = plan.dryRun
  if (plan.cut) copy.cut = plan.cut
  if (plan.across) copy.across = plan.across
  if (plan.includeSchema !== undefined) copy.includeSchema = plan.includeSchema
  return copy
}

/** The plan but for what restriction decides. */
export function copyInsert(
  plan: Complete<InsertPlan, 'policy' | 'check' | 'maxAffected' | 'timeoutMs' | 'dryRun' | 'refused'>,
): Mutable<InsertPlan> {
  const copy: Mutable<InsertPlan> = {
    kind: 'insert',
    table: plan.table,
    mode: plan.mode,
    returning: plan.returning,
    rows: plan.rows,
    upsert: plan.upsert,
    numbers: plan.numbers,
    single: plan.single,
  }
  if (plan.maxAffected !== undefined) copy.maxAffected = plan.maxAffected
  if (plan.timeoutMs !== undefined) copy.timeoutMs = plan.timeoutMs
  if (plan.dryRun !== undefined) copy.dryRun = plan.dryRun
  if (plan.refused) copy.refused = plan.refused
  return copy
}
