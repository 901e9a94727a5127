import type {
  AggregatePlan,
  DeletePlan,
  Filter,
  InsertPlan,
  Projection,
  Scalar,
  SelectPlan,
  UpdatePlan,
} from '@gatehouse/core'
import { parseFilter } from '@gatehouse/core'
import { shop, tableOf } from './shop.js'

/** A filter in the words of the whole catalog, as nobody but an administrator could write it. */
export function filterOn(table: string, text: string): Filter {
  return parseFilter(text, { table: tableOf(table), catalog: shop, attributes: true })
}

export function columns(...names: string[]): readonly Projection[] {
  return names.map((name) => ({ name, column: name }))
}

export function select(table: string, more: Partial<SelectPlan> = {}): SelectPlan {
  return {
    kind: 'select',
    shape: 'page',
    table,
    columns: columns('id'),
    order: [],
    limit: 100,
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

export function aggregate(table: string, more: Partial<AggregatePlan> = {}): AggregatePlan {
  return {
    kind: 'aggregate',
    table,
    groups: [],
    aggregates: [{ name: 'count', function: 'count', distinct: false }],
    order: [],
    limit: 100,
    offset: 0,
    format: 'json',
    numbers: 'number',
    ...more,
  }
}

const writing = { mode: 'stop', numbers: 'number', single: false } as const

export function row(values: Readonly<Record<string, Scalar>>): ReadonlyMap<string, Scalar> {
  return new Map(Object.entries(values))
}

export function insert(
  table: string,
  rows: readonly Readonly<Record<string, Scalar>>[],
  more: Partial<InsertPlan> = {},
): InsertPlan {
  return { kind: 'insert', table, ...writing, returning: columns('id'), rows: rows.map(row), upsert: false, ...more }
}

export function update(table: string, changes: UpdatePlan['changes'], more: Partial<UpdatePlan> = {}): UpdatePlan {
  return {
    kind: 'update',
    table,
    ...writing,
    returning: columns('id'),
    keyColumns: ['id'],
    changes,
    reset: [],
    ...more,
  }
}

export function remove(table: string, targets: DeletePlan['targets'], more: Partial<DeletePlan> = {}): DeletePlan {
  return { kind: 'delete', table, ...writing, returning: columns('id'), keyColumns: ['id'], targets, ...more }
}
