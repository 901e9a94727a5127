import type {
  CallContext,
  Catalog,
  Connector,
  DataPlan,
  Filter,
  FilterValue,
  JsonObject,
  Path,
  Permitted,
  Projection,
  Scalar,
  SelectPlan,
  ServiceSettings,
  Table,
} from '@gatehouse/core'
import { all, selecting } from '../../testing/plans/samples.js'
import { oracleConnector } from '../connector.js'
import { addShop, dictionaryTables } from './dictionary-tables.js'
import { type Answer, type Recording, recording } from './recording.js'

export const settings: ServiceSettings = {
  name: 'shop',
  timeoutMs: 20_000,
  readOnly: false,
  pool: { max: 2, idleMs: 0 },
  schemas: [],
  tables: { include: [], exclude: [] },
  maskKey: 'key of masks',
}

export const context: CallContext = {
  signal: new AbortController().signal,
  requestId: 'r1',
  identity: { id: 'key:test', name: 'test', roles: [], attributes: {} },
}

/** The connector on connections that write down what they are asked. */
export interface OpenShop {
  readonly connector: Connector
  readonly catalog: Catalog
  readonly connections: Recording
  table(name: string): Table
  run(plan: DataPlan): ReturnType<Connector['execute']>
}

export interface ShopOptions {
  readonly serverVersion?: number
  readonly answer?: Answer
  readonly config?: JsonObject
  readonly settings?: Partial<ServiceSettings>
}

export async function openShop({
  serverVersion,
  answer,
  config = {},
  settings: own = {},
}: ShopOptions = {}): Promise<OpenShop> {
  const dictionary = dictionaryTables()
  addShop(dictionary)
  const connections = recording({
    ...(serverVersion === undefined ? {} : { serverVersion }),
    answer: (text, values, options) =>
      isDictionary(text) ? { rows: dictionary.rows(text, values) } : answer?.(text, values, options),
  })
  const connector = oracleConnector(
    { connection: 'oracle://shop@localhost/FREEPDB1', ...config },
    { ...settings, ...own },
    connections,
  )
  const catalog = await connector.introspect(new AbortController().signal)
  return {
    connector,
    catalog,
    connections,
    table(name) {
      const table = catalog.tables.get(name)
      if (!table) throw new Error(`There is no table ${name}`)
      return table
    },
    // Nothing is restricted here: what `restrict` adds is in the plans already.
    run: (plan) => connector.execute(plan as Permitted<DataPlan>, context),
  }
}

export function isDictionary(text: string): boolean {
  return /\bALL_\w+|\bSESSION_PRIVS\b/.test(text)
}

export const path = (table: Table, column: string): Path => ({
  column,
  keys: [],
  type: table.columns.get(column)?.type ?? 'text',
})
export const literal = (value: Scalar): FilterValue => ({ kind: 'literal', value })
export const project = (...columns: readonly string[]): readonly Projection[] =>
  columns.map((column) => ({ name: column, column }))
export const equals = (table: Table, column: string, value: Scalar): Filter => ({
  kind: 'compare',
  path: path(table, column),
  op: '=',
  value: literal(value),
})

/** A page of a table, with what a test says of it. */
export function page(table: Table, more: Partial<SelectPlan> = {}): SelectPlan {
  return selecting(table, { columns: all(table), ...more })
}

/** A value of each neutral type, as it reaches the connector. */
export const samples: Readonly<Record<Path['type'], Scalar>> = {
  boolean: true,
  integer: 7,
  bigint: 9_007_199_254_740_993n,
  decimal: '12.50',
  float: 0.1,
  text: "it's",
  uuid: '0f8fad5b-d9cb-469f-a165-70867728950e',
  date: '2026-01-31',
  time: '13:59:59.5',
  datetime: '2026-01-31T13:59:59',
  datetimetz: '2026-01-31T13:59:59.5Z',
  interval: '+01 02:03:04.5',
  binary: new Uint8Array([0, 255]),
  json: '{"a":1}',
  array: '[]',
  other: 'x',
}
