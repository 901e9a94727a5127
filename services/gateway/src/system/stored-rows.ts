import {
  type CallContext,
  type Connector,
  type DataPlan,
  Failure,
  type Filter,
  isJsonObject,
  type JsonObject,
  type Permitted,
  type Result,
  type Scalar,
} from '@gatehouse/core'
import type { Stored } from './system-table.js'
import type { TenantScope } from './tenant-scope.js'

/** So many rows one call may change, since rules look at each. */
const mostRows = 1000

/** One tenant's rows of the store. */
export interface StoredRows {
  /** To the store's own connector, as it is: with the tenant in it already. */
  run(plan: DataPlan, context: CallContext): Promise<Result>
  /** Whole rows in the order of their ids, within the tenant. Throws `too_large` where they are more than one call may change. */
  rowsOf(
    table: string,
    filter: Filter | undefined,
    policy: Filter | undefined,
    context: CallContext,
  ): Promise<readonly Stored[]>
}

/** `inner` is the connector of the store's database, which all tenants share. */
export function storedRows(inner: Connector, scopeOf: (table: string) => TenantScope): StoredRows {
  /** The plan was permitted as it came, and has only been narrowed since. */
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
    const found = result.kind === 'page' ? recordsIn(result.text) : []
    if (found.length > mostRows) {
      throw new Failure('too_large', `At most ${mostRows} rows can be changed in one call here`)
    }
    return found
  }

  return { run, rowsOf }
}

export function byId(id: Scalar): Filter {
  return byKey(['id'], [id])
}

export function byKey(columns: readonly string[], key: readonly Scalar[]): Filter {
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

export function idOf(row: Stored): Scalar {
  return BigInt(Number(row.id))
}

/** The records of an answer. */
export function recordsIn(text: string | Uint8Array): JsonObject[] {
  const value: unknown = JSON.parse(typeof text === 'string' ? text : Buffer.from(text).toString('utf8'))
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}
