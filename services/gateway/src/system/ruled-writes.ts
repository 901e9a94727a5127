import {
  type CallContext,
  type DeletePlan,
  Failure,
  type InsertPlan,
  type Result,
  type Scalar,
  type UpdatePlan,
} from '@gatehouse/core'
import { byKey, idOf, recordsIn, type StoredRows } from './stored-rows.js'
import type { RuleContext, Ruled, Stored, SystemTable } from './system-table.js'
import type { TenantScope } from './tenant-scope.js'

/** What a rule made of a row, and the row as it was; undefined: it is new. */
interface Made extends Ruled {
  readonly before: Stored | undefined
}

/** Each refuses a table whose rules do not have it. */
export interface RuledWrites {
  insert(plan: InsertPlan, spec: SystemTable, context: CallContext): Promise<Result>
  update(plan: UpdatePlan, spec: SystemTable, context: CallContext): Promise<Result>
  remove(plan: DeletePlan, spec: SystemTable, context: CallContext): Promise<Result>
}

/** What is written goes through the rules of its table first, row by row. */
export function ruledWrites(
  tenant: string,
  scope: TenantScope,
  { run, rowsOf }: StoredRows,
  contextOf: (context: CallContext) => RuleContext,
): RuledWrites {
  /** Writes what the rules made: all or nothing, where some of it can be shown in this answer alone. */
  async function write(
    plan: InsertPlan | UpdatePlan,
    spec: SystemTable,
    made: readonly Made[],
    context: CallContext,
  ): Promise<Result> {
    const secrets = made.some(({ shown }) => shown !== undefined)
    const result = await named(spec, () => run(secrets ? { ...plan, mode: 'rollback' } : plan, context))
    if (plan.dryRun) return result
    const touched = made.flatMap(({ before }) => (before ? [before] : []))
    await spec.rules.after?.(touched, contextOf(context))
    return withShown(result, made)
  }

  async function insert(plan: InsertPlan, spec: SystemTable, context: CallContext): Promise<Result> {
    const { create } = spec.rules
    if (!create || plan.upsert) throw unwritable(spec)
    const rules = contextOf(context)
    const made: Made[] = []
    for (const [i, given] of plan.rows.entries()) {
      if (given.has('id')) throw new Failure('invalid', '`id` is numbered by the store', { hint: 'Leave it out' })
      made.push({ ...(await inRecord(plan, i, () => create(new Map(given), rules))), before: undefined })
    }
    const at = new Date().toISOString()
    const fixed = { tenant, created: at, ...(!spec.plain && { changed: at, source: 'api' }) }
    const rows = made.map(({ row }) => new Map<string, Scalar>([...row, ...Object.entries(fixed)]))
    return write({ ...plan, rows }, spec, made, context)
  }

  async function update(plan: UpdatePlan, spec: SystemTable, context: CallContext): Promise<Result> {
    const { update: rule } = spec.rules
    if (!rule) throw unwritable(spec)
    const rules = contextOf(context)
    const changes: { key: readonly Scalar[]; set: ReadonlyMap<string, Scalar> }[] = []
    const made: Made[] = []
    const at = new Date().toISOString()
    for (const [i, change] of plan.changes.entries()) {
      if (change.set.has('id')) throw new Failure('invalid', '`id` cannot be changed')
      const filter =
        change.by === 'key' ? byKey(plan.keyColumns, change.key) : change.filter && scope.filter(change.filter)
      const found = await rowsOf(plan.table, filter, plan.policy, context)
      if (found.length === 0 && change.by === 'key') changes.push({ key: [-1], set: new Map([['changed', at]]) })
      for (const before of found) {
        refuseFile(before)
        const ruled = await inRecord(plan, i, () => rule(new Map(change.set), before, rules))
        made.push({ ...ruled, before })
        changes.push({ key: [idOf(before)], set: new Map([...ruled.row, ['changed', at]]) })
      }
    }
    const { maxAffected, ...rest } = plan
    refuseMore(changes.length, maxAffected)
    if (changes.length === 0) return nothingWritten(plan)
    const scoped: UpdatePlan = {
      ...rest,
      policy: scope.policy(plan.policy),
      keyColumns: ['id'],
      reset: [],
      changes: changes.map(({ key, set }) => ({ by: 'key', key, set })),
    }
    return write(scoped, spec, made, context)
  }

  async function remove(plan: DeletePlan, spec: SystemTable, context: CallContext): Promise<Result> {
    const { remove: rule, after } = spec.rules
    if (!rule) throw unwritable(spec)
    const rules = contextOf(context)
    const { targets } = plan
    const filters =
      targets.by === 'key'
        ? targets.keys.map((key) => byKey(plan.keyColumns, key))
        : [targets.filter && scope.filter(targets.filter)]
    const keys: (readonly Scalar[])[] = []
    const touched: Stored[] = []
    for (const filter of filters) {
      const found = await rowsOf(plan.table, filter, plan.policy, context)
      if (found.length === 0 && targets.by === 'key') keys.push([-1])
      for (const before of found) {
        refuseFile(before)
        await rule(before, rules)
        touched.push(before)
        keys.push([idOf(before)])
      }
    }
    const { maxAffected, ...rest } = plan
    refuseMore(keys.length, maxAffected)
    if (keys.length === 0) return nothingWritten(plan)
    const scoped: DeletePlan = {
      ...rest,
      policy: scope.policy(plan.policy),
      keyColumns: ['id'],
      targets: { by: 'key', keys },
    }
    const result = await named(spec, () => run(scoped, context))
    if (!plan.dryRun) await after?.(touched, rules)
    return result
  }

  return { insert, update, remove }
}

function refuseFile(before: Stored): void {
  if (before.source !== 'file') return
  throw new Failure('forbidden', 'This is defined by the configuration file, and is changed there', {
    hint: 'Rows with the source `file` are read-only here',
  })
}

function refuseMore(rows: number, most: number | undefined): void {
  if (most === undefined || rows <= most) return
  throw new Failure('invalid', `${rows} records would be changed, and max_affected is ${most}`, {
    hint: 'Nothing was written',
    context: { affected: rows, max_affected: most },
  })
}

function unwritable({ name }: SystemTable): Failure {
  return new Failure('method_not_allowed', `Rows of \`${name}\` cannot be written like this`)
}

function nothingWritten({ dryRun }: UpdatePlan | DeletePlan): Result {
  return dryRun ? { kind: 'dry_run', affected: 0 } : { kind: 'written', text: '[]', rows: 0 }
}

/** `Record 3: ` in front of what is wrong with one of many. */
async function inRecord(
  plan: InsertPlan | UpdatePlan,
  index: number,
  rule: () => Ruled | Promise<Ruled>,
): Promise<Ruled> {
  try {
    return await rule()
  } catch (thrown) {
    const many = plan.kind === 'insert' ? plan.rows.length > 1 : plan.changes.length > 1
    if (!(thrown instanceof Failure) || !many) throw thrown
    const { code, message, hint, cause } = thrown
    throw new Failure(code, `Record ${index + 1}: ${message}`, { ...(hint !== undefined && { hint }), cause })
  }
}

/** The store's words for a name that is taken tell of columns that nobody sees. */
async function named<T>({ name }: SystemTable, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === 'conflict') {
      throw new Failure('conflict', `There is one of this name in ${name} already`, { cause: thrown.cause })
    }
    throw thrown
  }
}

function withShown(result: Result, ruled: readonly Ruled[]): Result {
  if (result.kind !== 'written' || ruled.every(({ shown }) => shown === undefined)) return result
  const records = recordsIn(result.text).map((record, i) => ({ ...record, ...ruled[i]?.shown }))
  return { ...result, text: JSON.stringify(records) }
}
