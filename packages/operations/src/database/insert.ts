import { Failure, type InsertPlan, type JsonObject, type Row } from '@gatehouse/core'
import { flagOf } from './arguments.js'
import type { PreparedTable } from './prepared-table.js'
import { readEach, recordsOf, rowOf } from './records.js'
import { goesOn, writtenOf } from './writing.js'

/** New records. With `upsert`, a record whose primary key is there already is updated instead. */
export function planInsert(prepared: PreparedTable, input: JsonObject): InsertPlan {
  const { table } = prepared
  const records = recordsOf(input.records)
  if (!records || records.items.length === 0) {
    throw new Failure('invalid', '`records` is empty: there is nothing to create')
  }
  const upsert = flagOf(input.upsert)
  if (upsert) mayUpsert(prepared)
  const written = writtenOf(prepared, input, records.bare)
  const { read, refused } = readEach(records, goesOn(written), (record) => {
    const row = rowOf(table, record)
    if (upsert) hasKey(row, prepared)
    return row
  })
  return { kind: 'insert', ...written, rows: read, upsert, ...(refused && { refused }) }
}

function mayUpsert(prepared: PreparedTable): void {
  const { table } = prepared
  if (prepared.key.length === 0) {
    throw new Failure('invalid', `\`${table.name}\` has no primary key, so \`upsert\` cannot find its records`)
  }
  if (!table.can.update) {
    throw new Failure('forbidden', `\`upsert\` may update records, and those of \`${table.name}\` cannot be updated`)
  }
}

function hasKey(row: Row, prepared: PreparedTable): void {
  const missing = prepared.key.filter((name) => (row.get(name) ?? null) === null)
  if (missing.length === 0) return
  throw new Failure('invalid', `\`upsert\` needs the primary key: ${missing.join(', ')}`, {
    hint: 'Leave `upsert` out to create a record with a new key',
  })
}
