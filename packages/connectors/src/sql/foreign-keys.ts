import type { ForeignKey } from '@gatehouse/core'
import { groupBy } from './group-by.js'

/** One column of a foreign key, as a dictionary tells it. */
export interface ForeignKeyPart {
  readonly key: string
  readonly column: string
  readonly otherSchema: string
  readonly otherTable: string
  readonly otherColumn: string
}

/** The foreign keys of one table; `nameOf` makes the name by which the other one is known. */
export function foreignKeysOf(
  parts: readonly ForeignKeyPart[],
  nameOf: (schema: string, table: string) => string,
): ForeignKey[] {
  return [...groupBy(parts, ({ key }) => key)].flatMap(([name, columns]) => {
    const [first] = columns
    if (!first) return []
    return {
      name,
      columns: columns.map(({ column }) => column),
      references: nameOf(first.otherSchema, first.otherTable),
      referencedColumns: columns.map(({ otherColumn }) => otherColumn),
    }
  })
}
