import type { Dialect, Typed, Upsert } from '../sql/dialect.js'
import { isBlob, isBoolean, isClob, isJson, isLong } from './column-kind.js'

/**
 * MERGE, with each value bound where it is used: a list of values in USING would have to name their types. The keys are
 * not set, since MERGE refuses to change what it matches by. What must not be overwritten is looked at and locked
 * before; see `guardedUpsert`.
 */
export const upsertSql: NonNullable<Dialect['upsert']> = ({ table, alias, columns, keys, cell }: Upsert) => {
  const on = keys.map((key) => `${alias}.${key} = ${cell(key)}`).join(' AND ')
  const others = columns.filter((column) => !keys.includes(column))
  const set = others.map((column) => `${alias}.${column} = ${cell(column)}`).join(', ')
  const update = set === '' ? '' : ` WHEN MATCHED THEN UPDATE SET ${set}`
  const values = columns.map((column) => cell(column)).join(', ')
  const insert = `WHEN NOT MATCHED THEN INSERT (${columns.join(', ')}) VALUES (${values})`
  return `MERGE INTO ${table} ${alias} USING DUAL ON (${on})${update} ${insert}`
}

/** What fits into a text or into bytes that are bound; doubles lose digits on that way, and LOBs have no end. */
export function isReturnable(column: Typed): boolean {
  if (column.type === 'float' || column.type === 'other' || column.type === 'json') return false
  return !isClob(column) && !isBlob(column) && !isLong(column) && !isJson(column) && !isBoolean(column)
}
