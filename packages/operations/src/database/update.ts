import {
  type Change,
  Failure,
  type JsonObject,
  type JsonValue,
  type Row,
  type Scalar,
  type UpdatePlan,
} from '@gatehouse/core'
import { flagOf, paramsOf, textOf } from './arguments.js'
import { filterOf } from './clauses.js'
import { carriesKey, type KeyColumns, keyColumnsOf, keyInRecord, readId, readIds } from './ids.js'
import type { PreparedTable } from './prepared-table.js'
import { type ReadRecords, type Records, readEach, recordsOf, rowOf, sameScalar } from './records.js'
import type { Source } from './source.js'
import { goesOn, noTarget, oneTarget, preconditionOf, writtenOf } from './writing.js'

/** Updates by `ids` or `filter` with one record, or by records with their keys. `replace` resets all other columns. */
export function planUpdate(source: Source, prepared: PreparedTable, input: JsonObject, replace: boolean): UpdatePlan {
  oneTarget(input)
  const records = recordsOf(input.records)
  if (!records || records.items.length === 0)
    throw new Failure('invalid', '`records` is empty: there is nothing to set')
  const written = writtenOf(prepared, input, false)
  const { read, refused } = changesOf(source, prepared, input, records, replace, goesOn(written))
  return {
    kind: 'update',
    ...written,
    single: records.bare && read.length === 1 && input.ids === undefined && read[0]?.by === 'key',
    keyColumns: uniqueNames(prepared, input),
    changes: read,
    reset: replace ? prepared.replaceable : [],
    ...(refused && { refused }),
  }
}

/** One record by the id in the path. */
export function planUpdateOne(prepared: PreparedTable, input: JsonObject, replace: boolean): UpdatePlan {
  const [record, ...others] = recordsOf(input.records)?.items ?? []
  if (record === undefined || others.length > 0) throw new Failure('invalid', 'The body is one record')
  const key = uniqueKeyOf(prepared, input.id_field)
  const precondition = preconditionOf(prepared, input.if_match)
  const row = rowOf(prepared.table, record)
  return {
    kind: 'update',
    ...writtenOf(prepared, input, true),
    keyColumns: key.names,
    changes: [byKey(readId(input.id, key), row, key, replace)],
    reset: replace ? prepared.replaceable : [],
    ...(precondition && { precondition }),
  }
}

function changesOf(
  source: Source,
  prepared: PreparedTable,
  input: JsonObject,
  records: Records,
  replace: boolean,
  proceed: boolean,
): ReadRecords<Change> {
  const { ids } = input
  if (ids !== undefined && ids !== null) {
    const key = uniqueKeyOf(prepared, input.id_field)
    const row = onlyRow(prepared, records, 'ids')
    const keys = readIds(ids, key)
    if (keys.length === 0) throw new Failure('invalid', '`ids` is empty')
    return { read: keys.map((values) => byKey(values, row, key, replace)) }
  }
  const filter = filterOf(source, prepared, textOf(input.filter), paramsOf(input.params))
  if (filter) return { read: [{ by: 'filter', filter, set: filled(onlyRow(prepared, records, 'filter'), replace) }] }
  const keyed = prepared.key.length > 0 || input.id_field !== undefined
  const key = keyed ? uniqueKeyOf(prepared, input.id_field) : undefined
  if (key && records.items.some((record) => carriesKey(record, key))) {
    return readEach(records, proceed, (record) =>
      byKey(keyInRecord(record, key), rowOf(prepared.table, record), key, replace),
    )
  }
  if (!flagOf(input.force)) throw noTarget('update')
  return { read: [{ by: 'filter', set: filled(onlyRow(prepared, records, 'force'), replace) }] }
}

/** The key's columns are taken out of what is set, unless they are to change. */
function byKey(values: readonly Scalar[], row: Row, key: KeyColumns, replace: boolean): Change {
  const same = key.names.filter((name, i) => row.has(name) && sameScalar(row.get(name), values[i]))
  if (same.length === 0) return { by: 'key', key: values, set: filled(row, replace) }
  const set = new Map(row)
  for (const name of same) set.delete(name)
  return { by: 'key', key: values, set: filled(set, replace) }
}

/** A PUT of nothing resets all columns; a PATCH of nothing is a mistake. */
function filled(row: Row, replace: boolean): Row {
  if (row.size > 0 || replace) return row
  throw new Failure('invalid', 'The record has no column to set besides its key')
}

function onlyRow(prepared: PreparedTable, records: Records, by: string): Row {
  if (records.items.length !== 1) {
    throw new Failure('invalid', `With \`${by}\`, \`records\` is one record that is set in all of them`, {
      hint: 'To set each record differently, leave it out and let the records carry their keys',
    })
  }
  return rowOf(prepared.table, records.items[0] ?? null)
}

function uniqueNames(prepared: PreparedTable, input: JsonObject): readonly string[] {
  if (input.id_field === undefined) return prepared.key
  return uniqueKeyOf(prepared, input.id_field).names
}

/** The key by which writes find one record: it must be unique, so that no id touches two. Throws `invalid`. */
export function uniqueKeyOf(prepared: PreparedTable, idField: JsonValue | undefined): KeyColumns {
  const key = keyColumnsOf(prepared, idField)
  if (key.names === prepared.key) return key
  const { primaryKey, uniqueKeys } = prepared.table
  const names = new Set(key.names)
  const isUnique = [primaryKey, ...uniqueKeys.map((u) => u.columns)].some(
    (columns) => columns.length > 0 && columns.every((c) => names.has(c)),
  )
  if (isUnique) return key
  throw new Failure(
    'invalid',
    `\`${key.names.join(', ')}\` is not unique, so it cannot be the \`id_field\` of a write`,
    {
      hint: 'Use `filter` to write all records that have a value',
    },
  )
}
