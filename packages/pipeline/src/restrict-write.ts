import {
  allOf,
  columnNamed,
  type DeletePlan,
  Failure,
  type Filter,
  type InsertPlan,
  type Precondition,
  type Row,
  type UpdatePlan,
} from '@gatehouse/core'
import { copyInsert, type Mutable } from './copy-plan.js'
import type { GrantUnion } from './grant-union.js'
import { addColumns, restrictFilter } from './restrict-filter.js'
import { type Ground, restrictProjection } from './restrict-projection.js'
import { atMost, policyOf, type Restriction, tableFor, timed } from './restriction.js'
import { showsPlainly } from './sight.js'
import { type TableAccess, usable } from './table-access.js'

export function restrictInsert(plan: InsertPlan, restriction: Restriction): InsertPlan {
  const access = tableFor(restriction, plan.table)
  const columns = new Set<string>()
  if (!access.verbs.create.plain || plan.upsert) {
    for (const row of plan.rows) addWritten(row, access, columns)
  }
  const union = usable(access, 'create', columns)
  const overwriting = plan.upsert ? usable(access, 'update', columns) : undefined
  refuseMore(plan.rows.length, union)
  const created = policyOf(union, plan.table, restriction)
  const overwritten = overwriting && policyOf(overwriting, plan.table, restriction)
  // An upsert may go either way, so its rows must meet what both ask for.
  const check = created === overwritten ? created : allOf(created, overwritten)
  const restricted = copyInsert(plan)
  put(restricted, { access, union, ground: 'named', policy: overwritten, check, restriction })
  return restricted
}

export function restrictUpdate(plan: UpdatePlan, restriction: Restriction): UpdatePlan {
  const access = tableFor(restriction, plan.table)
  const columns = new Set<string>()
  const filters: Filter[] = []
  let keys = 0
  for (const change of plan.changes) {
    addWritten(change.set, access, columns)
    if (change.by === 'key') keys++
    else if (change.filter) filters.push(change.filter)
  }
  const reading = addSelection(plan, keys > 0, filters, access, columns)
  const union = usable(access, 'update', columns)
  refuseMore(keys, union)
  const own = policyOf(union, plan.table, restriction)
  const policy = withReading(own, union, access, reading, restriction)
  const changes = plan.changes.map((change) =>
    change.by === 'filter' && change.filter
      ? { ...change, filter: restrictFilter(change.filter, access, restriction) }
      : change,
  )
  // A PUT leaves alone what the caller may not write.
  const reset = plan.reset.filter((column) => union.grants.every((grant) => showsPlainly(grant, [column])))
  const ground = keys === plan.changes.length && isPrimary(plan.keyColumns, access) ? 'named' : 'written'
  const { policy: _policy, check: _check, precondition, ...rest } = plan
  const restricted: Mutable<UpdatePlan> = { ...rest, changes, reset }
  put(restricted, { access, union, ground, policy, check: own, restriction })
  if (precondition) restricted.precondition = restrictPrecondition(precondition, access, reading, restriction)
  return restricted
}

export function restrictDelete(plan: DeletePlan, restriction: Restriction): DeletePlan {
  const access = tableFor(restriction, plan.table)
  const columns = new Set<string>()
  const { targets } = plan
  const filter = targets.by === 'filter' ? targets.filter : undefined
  const reading = addSelection(plan, targets.by === 'key', filter ? [filter] : [], access, columns)
  const union = usable(access, 'delete', columns)
  if (targets.by === 'key') refuseMore(targets.keys.length, union)
  const policy = withReading(policyOf(union, plan.table, restriction), union, access, reading, restriction)
  const ground = targets.by === 'key' && isPrimary(plan.keyColumns, access) ? 'named' : 'written'
  const { policy: _policy, check: _check, precondition, ...rest } = plan
  const restricted: Mutable<DeletePlan> = rest
  if (filter) restricted.targets = { by: 'filter', filter: restrictFilter(filter, access, restriction) }
  put(restricted, { access, union, ground, policy, check: undefined, restriction })
  if (precondition) restricted.precondition = restrictPrecondition(precondition, access, reading, restriction)
  return restricted
}

interface Writing {
  readonly access: TableAccess
  readonly union: GrantUnion
  readonly ground: Ground
  readonly policy: Filter | undefined
  readonly check: Filter | undefined
  readonly restriction: Restriction
}

/** Puts on every write what the grants say, whatever the plan said before. */
function put(copy: Mutable<InsertPlan | UpdatePlan | DeletePlan>, writing: Writing): void {
  const { access, union, ground, policy, check, restriction } = writing
  copy.returning = restrictProjection(copy.returning, access, union, ground, restriction)
  if (policy) copy.policy = policy
  if (check) copy.check = check
  const maxAffected = atMost(copy.maxAffected, union.maxRows)
  if (maxAffected !== undefined) copy.maxAffected = maxAffected
  if (union.timeoutMs !== undefined) copy.timeoutMs = timed(copy, union.timeoutMs, restriction)
}

function addWritten(row: Row, access: TableAccess, columns: Set<string>): void {
  for (const name of row.keys()) {
    columnNamed(access.seen, name)
    columns.add(name)
  }
}

/**
 * Adds the columns by which records are chosen. Answers those that the caller must be able to read as well, lest the
 * count of changed rows tell what they hold; undefined where records are named by their primary key alone.
 */
function addSelection(
  plan: UpdatePlan | DeletePlan,
  byKey: boolean,
  filters: readonly Filter[],
  access: TableAccess,
  columns: Set<string>,
): ReadonlySet<string> | undefined {
  const chosenBy = new Set<string>()
  for (const filter of filters) addColumns(filter, access, chosenBy)
  if (byKey) for (const name of plan.keyColumns) chosenBy.add(name)
  for (const name of chosenBy) columns.add(name)
  const named = filters.length === 0 && isPrimary(plan.keyColumns, access) && !plan.precondition
  return chosenBy.size === 0 || named ? undefined : chosenBy
}

function isPrimary(columns: readonly string[], access: TableAccess): boolean {
  const { primaryKey } = access.table
  return columns.length === primaryKey.length && columns.every((name) => primaryKey.includes(name))
}

/** The rows that may be written, and read too where the caller must be able to read what it chooses them by. */
function withReading(
  own: Filter | undefined,
  union: GrantUnion,
  access: TableAccess,
  columns: ReadonlySet<string> | undefined,
  restriction: Restriction,
): Filter | undefined {
  if (!columns) return own
  const reading = usable(access, 'read', columns)
  if (union.grants.every((grant) => reading.grants.includes(grant))) return own
  return allOf(own, policyOf(reading, access.table.name, restriction))
}

/** The entity tag is that of the record as the caller reads it. */
function restrictPrecondition(
  precondition: Precondition,
  access: TableAccess,
  columns: ReadonlySet<string> | undefined,
  restriction: Restriction,
): Precondition {
  const reading = usable(access, 'read', columns)
  const shown = restrictProjection(precondition.columns, access, reading, 'read', restriction)
  return { etag: precondition.etag, columns: shown }
}

function refuseMore(rows: number, union: GrantUnion): void {
  if (union.maxRows === undefined || rows <= union.maxRows) return
  throw new Failure('too_large', `${rows} records in one call; your roles allow ${union.maxRows}`, {
    hint: `Send at most ${union.maxRows} records a call`,
  })
}
