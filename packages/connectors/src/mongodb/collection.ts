import { type Catalog, Failure, type Path, type Table } from '@gatehouse/core'
import { type Field, fieldAt } from './field.js'

/** A collection as plans meet it: its table, and what is known of its documents. */
export interface Collection {
  readonly table: Table
  readonly fields: Field
  /** The fields of each index, by its name. */
  readonly indexes: ReadonlyMap<string, readonly string[]>
}

/** All collections of one introspection. */
export interface Collections {
  readonly catalog: Catalog
  readonly known: ReadonlyMap<string, Pick<Collection, 'fields' | 'indexes'>>
}

export function collectionOf(collections: Collections, name: string): Collection {
  const table = collections.catalog.tables.get(name)
  const known = collections.known.get(name)
  if (!table || !known) throw new Failure('not_found', `There is no table \`${name}\``)
  return { table, ...known }
}

/** The dotted name of a path in a query document. No part of it can be an operator. */
export function dotted(path: Pick<Path, 'column' | 'keys'>): string {
  for (const key of path.keys) {
    if (typeof key === 'string' && (key.startsWith('$') || key.includes('.') || key.includes('\0'))) {
      throw new Failure('invalid', `\`${key.slice(0, 60)}\` is no key that a document can be asked for`, {
        hint: 'Keys that begin with $ or hold a point cannot be addressed',
      })
    }
  }
  return [path.column, ...path.keys].join('.')
}

/** The value at a path, as an expression. */
export function valueAt(path: Pick<Path, 'column' | 'keys'>): unknown {
  dotted(path)
  let value: unknown = `$${path.column}`
  for (const key of path.keys) {
    if (typeof key === 'number') {
      value = { $arrayElemAt: [{ $cond: [{ $isArray: [value] }, value, []] }, key] }
    } else
      value = typeof value === 'string' ? `${value}.${key}` : { $getField: { field: { $literal: key }, input: value } }
  }
  return value
}

export function fieldOfPath(collection: Collection, path: Pick<Path, 'column' | 'keys'>): Field | undefined {
  return fieldAt(collection.fields.members.get(path.column), path.keys)
}
