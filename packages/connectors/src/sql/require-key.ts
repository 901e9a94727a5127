import { Failure, type Row, type Table } from '@gatehouse/core'

/**
 * Throws what a database says of a key without a value, for one that would take it. `whole`: the row is a new record,
 * so what it leaves out gets its default.
 */
export function requireKey(table: Table, row: Row, whole: boolean): void {
  if (table.kind !== 'table') return
  for (const name of table.primaryKey) {
    const column = table.columns.get(name)
    if (column?.identity || column?.generated) continue
    const value = row.get(name)
    if (value === undefined ? !whole || column?.default !== undefined : value !== null) continue
    throw new Failure('unprocessable', 'A value is required', {
      hint: `Required: ${name}`,
      context: { columns: [name] },
    })
  }
}
