import {
  type CallContext,
  type Connector,
  type DataPlan,
  type DeletePlan,
  Failure,
  type Filter,
  type InsertPlan,
  isJsonObject,
  type JsonObject,
  type Permitted,
  type Result,
  type Scalar,
  type Service,
  type UpdatePlan,
} from '@gatehouse/core'
import type { TenantPart } from '../tenant/wire-tenant.js'
import { systemCatalog } from './system-catalog.js'
import type { RuleContext, Ruled, Stored, SystemTable } from './system-table.js'
import { tenantScope } from './tenant-scope.js'

/** So many rows one call may change, since rules look at each. */
const mostRows = 1000

/** What a rule made of a row, and the row as it was; undefined: it is new. */
interface Made extends Ruled {
  readonly before: Stored | undefined
}

export interface SystemOptions {
  /** The connector of the store's database, shared by all tenants. */
  readonly inner: Connector
  readonly tenant: TenantPart
  readonly tables: readonly SystemTable[]
  services(): readonly Service[]
}

/**
 * The store as one tenant's service. Questions go to the connector of the store's database with the tenant put into each
 * of them; what is written goes through the rules of its table first. A table without rules cannot be written.
 */
export function systemConnector({ inner, tenant, tables, services }: SystemOptions): Connector {
  const specs = new Map(tables.map((table) => [table.name, table]))
  // Events of callers who were not known had no tenant once; all of them were of the only one there was.
  const scopes = {
    own: tenantScope(tenant.name),
    audit: tenantScope(tenant.name, tenant.name === 'default' ? [''] : []),
  }
  const scopeOf = (table: string) => (table === 'audit' ? scopes.audit : scopes.own)

  /** To the store's own connector. The plan was permitted as it came, and has only been narrowed since. */
  const run = (plan: DataPlan, context: CallContext): Promise<Result> =>
    inner.execute(plan as Permitted<DataPlan>, context)

  async function rowsOf(table: string, filter: Filter | undefined, policy: Filter | undefined, context: CallContext) {
    const columns = (await inner.introspect(context.signal)).tables.get(table)?.columns.keys() ?? []
    const result = await run(
      {
        kind: 'select',
        shape: 'page',
        table,
        columns: [...columns].map((name) => ({ name, column: name })),
        ...(filter && { filter }),
        policy: scopeOf(table).policy(policy),
        order: [{ path: { column: 'id', keys: [], type: 'bigint' }, descending: false, nulls: 'last' }],
        limit: mostRows + 1,
        offset: 0,
        keyset: false,
        related: [],
        count: 'none',
        format: 'json',
        stream: false,
        numbers: 'number',
        etag: false,
      },
      context,
    )
    const found = result.kind === 'page' ? parsed(result.text) : []
    if (found.length > mostRows) {
      throw new Failure('too_large', `At most ${mostRows} rows can be changed in one call here`)
    }
    return found
  }

  const contextOf = (context: CallContext): RuleContext => ({
    caller: context.identity,
    tenant,
    services,
    signal: context.signal,
    async row(table, column, id) {
      const [found] =
        typeof id === 'bigint' || typeof id === 'number' ? await rowsOf(table, byId(id), undefined, context) : []
      if (found) return found
      throw new Failure('invalid', `\`${column}\` names no row of ${table}`, { context: { column } })
    },
  })

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
    const fixed = { tenant: tenant.name, created: at, ...(!spec.plain && { changed: at, source: 'api' }) }
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
        change.by === 'key' ? byKey(plan.keyColumns, change.key) : change.filter && scopes.own.filter(change.filter)
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
      policy: scopes.own.policy(plan.policy),
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
        : [targets.filter && scopes.own.filter(targets.filter)]
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
      policy: scopes.own.policy(plan.policy),
      keyColumns: ['id'],
      targets: { by: 'key', keys },
    }
    const result = await named(spec, () => run(scoped, context))
    if (!plan.dryRun) await after?.(touched, rules)
    return result
  }

  return {
    capabilities: { ...inner.capabilities, upsert: false, routines: false },
    async introspect(signal) {
      return systemCatalog(await inner.introspect(signal), tables)
    },
    async execute(plan, context) {
      if (plan.kind === 'call' || !('table' in plan)) throw new Failure('unsupported', 'The store has no such thing')
      const spec = specs.get(plan.table)
      if (!spec) throw new Failure('not_found', `There is no table \`${plan.table}\``)
      switch (plan.kind) {
        case 'select':
          return run(scopeOf(plan.table).select(plan), context)
        case 'aggregate':
          return run(scopeOf(plan.table).aggregate(plan), context)
        case 'insert':
          return insert(plan, spec, context)
        case 'update':
          return update(plan, spec, context)
        case 'delete':
          return remove(plan, spec, context)
        default:
          return plan satisfies never
      }
    },
    // The connector behind it is closed by who opened it.
    close: async () => undefined,
  }
}

function byId(id: Scalar): Filter {
  return byKey(['id'], [id])
}

function byKey(columns: readonly string[], key: readonly Scalar[]): Filter {
  return {
    kind: 'and',
    filters: columns.map((column, i) => ({
      kind: 'compare',
      path: { column, keys: [], type: column === 'id' ? 'bigint' : 'text' },
      op: '=',
      value: { kind: 'literal', value: key[i] ?? null },
    })),
  }
}

function idOf(row: Stored): Scalar {
  return BigInt(Number(row.id))
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
  const records = parsed(result.text).map((record, i) => ({ ...record, ...ruled[i]?.shown }))
  return { ...result, text: JSON.stringify(records) }
}

function parsed(text: string | Uint8Array): JsonObject[] {
  const value: unknown = JSON.parse(typeof text === 'string' ? text : Buffer.from(text).toString('utf8'))
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}
