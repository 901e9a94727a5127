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
  const { policy: _policy, check: _check, ...rest } = plan
  return { ...rest, ...written(plan, { access, union, ground: 'named', policy: overwritten, check, restriction }) }
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
  const { policy: _policy, check: _check, ...rest } = plan
  return {
    ...rest,
    ...written(plan, { access, union, ground, policy, check: own, restriction }),
    changes,
    reset,
    ...restrictPrecondition(plan.precondition, access, reading, restriction),
  }
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
  const { policy: _policy, check: _check, ...rest } = plan
  return {
    ...rest,
    ...written(plan, { access, union, ground, policy, check: undefined, restriction }),
    ...(filter && { targets: { by: 'filter', filter: restrictFilter(filter, access, restriction) } }),
    ...restrictPrecondition(plan.precondition, access, reading, restriction),
  }
}

interface Writing {
  readonly access: TableAccess
  readonly union: GrantUnion
  readonly ground: Ground
  readonly policy: Filter | undefined
  readonly check: Filter | undefined
  readonly restriction: Restriction
}

type Written = Pick<InsertPlan, 'returning' | 'policy' | 'check' | 'maxAffected' | 'timeoutMs'>

/** What is put on every write, whatever the plan said before. */
function written(plan: InsertPlan | UpdatePlan | DeletePlan, writing: Writing): Written {
  const { access, union, ground, policy, check, restriction } = writing
  const maxAffected = atMost(plan.maxAffected, union.maxRows)
  return {
    ...timed(plan, union.timeoutMs, restriction),
    returning: restrictProjection(plan.returning, access, union, ground, restriction),
    ...(policy && { policy }),
    ...(check && { check }),
    ...(maxAffected !== undefined && { maxAffected }),
  }
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
  precondition: Precondition | undefined,
  access: TableAccess,
  columns: ReadonlySet<string> | undefined,
  restriction: Restriction,
): { readonly precondition: Precondition } | undefined {
  if (!precondition) return undefined
  const reading = usable(access, 'read', columns)
  return {
    precondition: {
      etag: precondition.etag,
      columns: restrictProjection(precondition.columns, access, reading, 'read', restriction),
    },
  }
}

function refuseMore(rows: number, union: GrantUnion): void {
  if (union.maxRows === undefined || rows <= union.maxRows) return
  throw new Failure('too_large', `${rows} records in one call; your roles allow ${union.maxRows}`, {
    hint: `Send at most ${union.maxRows} records a call`,
  })
}
