import type {
  AggregateFunction,
  Catalog,
  Column,
  CompareOp,
  DataPlan,
  Filter,
  FilterValue,
  Mask,
  OrderTerm,
  Path,
  Projection,
  Scalar,
  ScalarType,
  SelectPlan,
  Table,
} from '@gatehouse/core'

/** What the plans are made for. */
export interface PlanMatrix {
  readonly catalog: Catalog
  /** The table whose columns stand for all types; its relationships are of every kind. */
  readonly table: string
  readonly aggregates: readonly AggregateFunction[]
  readonly regexp: boolean
}

/** A plan, and what it is for. */
export interface Made {
  readonly name: string
  readonly plan: DataPlan
}

export function tableOf({ catalog }: PlanMatrix, name: string): Table {
  const table = catalog.tables.get(name)
  if (!table) throw new Error(`The matrix has no table ${name}`)
  return table
}

/** A value of the type as plans hold it. */
export function sampleOf(type: ScalarType): Scalar {
  switch (type) {
    case 'boolean':
      return true
    case 'integer':
      return 7
    case 'bigint':
      return 9007199254740993n
    case 'decimal':
      return '12.50'
    case 'float':
      return 0.1
    case 'uuid':
      return '0f8fad5b-d9cb-469f-a165-70867728950e'
    case 'date':
      return '2024-02-29'
    case 'time':
      return '23:59:58.5'
    case 'datetime':
      return '2026-01-31T13:59:59.5'
    case 'datetimetz':
      return '2026-01-31T11:59:59.123456Z'
    case 'binary':
      return new Uint8Array([0, 1, 255])
    case 'json':
    case 'array':
      return '[1]'
    case 'text':
    case 'interval':
    case 'other':
      return "it's 100% _[a]\\"
    default:
      return type satisfies never
  }
}

export const literal = (value: Scalar): FilterValue => ({ kind: 'literal', value })
export const pathOf = (column: Column, keys: Path['keys'] = [], type: ScalarType = column.type): Path => ({
  column: column.name,
  keys,
  type,
})
export const comparing = (column: Column, op: CompareOp = '='): Filter => ({
  kind: 'compare',
  path: pathOf(column),
  op,
  value: literal(sampleOf(column.type)),
})
export const all = (table: Table): Projection[] => [...table.columns.keys()].map((name) => ({ name, column: name }))
export const ordered = (table: Table, ...names: string[]): OrderTerm[] =>
  names.map((name) => ({ path: pathOf(columnIn(table, name)), descending: false, nulls: 'last' }))

export function columnIn(table: Table, name: string): Column {
  const column = table.columns.get(name)
  if (!column) throw new Error(`${table.name} has no column ${name}`)
  return column
}

export function selecting(table: Table, more: Partial<SelectPlan> = {}): SelectPlan {
  return {
    kind: 'select',
    table: table.name,
    shape: 'page',
    columns: table.primaryKey.map((name) => ({ name, column: name })),
    order: ordered(table, ...table.primaryKey),
    limit: 10,
    offset: 0,
    keyset: false,
    related: [],
    count: 'none',
    format: 'json',
    stream: false,
    numbers: 'number',
    etag: false,
    ...more,
  }
}

export const masks: readonly Mask[] = ['null', 'redact', 'hash', 'partial', 'last4']
