import { type DeletePlan, Failure, isJsonObject, type JsonObject, type JsonValue, type Scalar } from '@gatehouse/core'
import { flagOf, paramsOf, textOf } from './arguments.js'
import { filterOf } from './clauses.js'
import { type KeyColumns, keyInRecord, readId, readIds } from './ids.js'
import type { PreparedTable } from './prepared-table.js'
import { readEach, recordsOf } from './records.js'
import type { Source } from './source.js'
import { uniqueKeyOf } from './update.js'
import { goesOn, noTarget, oneTarget, preconditionOf, writtenOf } from './writing.js'

/** Deletes by `ids`, by `filter`, or by the keys of `records`. */
export function planDelete(source: Source, prepared: PreparedTable, input: JsonObject): DeletePlan {
  oneTarget(input)
  const written = { kind: 'delete', ...writtenOf(prepared, input, false) } as const
  const { ids } = input
  if (ids !== undefined && ids !== null) {
    const key = uniqueKeyOf(prepared, input.id_field)
    return { ...written, keyColumns: key.names, targets: byKeys(readIds(ids, key), 'ids') }
  }
  const filter = filterOf(source, prepared, textOf(input.filter), paramsOf(input.params))
  if (filter) return { ...written, keyColumns: prepared.key, targets: { by: 'filter', filter } }
  const records = recordsOf(input.records)
  if (records) {
    const key = uniqueKeyOf(prepared, input.id_field)
    const { read, refused } = readEach(records, goesOn(written), (record) => keyOf(record, key))
    const targets = byKeys(read, 'records')
    return { ...written, single: records.bare, keyColumns: key.names, targets, ...(refused && { refused }) }
  }
  if (!flagOf(input.force)) throw noTarget('delete')
  return { ...written, keyColumns: prepared.key, targets: { by: 'filter' } }
}

/** One record by the id in the path. */
export function planDeleteOne(prepared: PreparedTable, input: JsonObject): DeletePlan {
  const key = uniqueKeyOf(prepared, input.id_field)
  const precondition = preconditionOf(prepared, input.if_match)
  return {
    kind: 'delete',
    ...writtenOf(prepared, input, true),
    keyColumns: key.names,
    targets: { by: 'key', keys: [readId(input.id, key)] },
    ...(precondition && { precondition }),
  }
}

function byKeys(keys: readonly (readonly Scalar[])[], name: string): DeletePlan['targets'] {
  if (keys.length === 0) throw new Failure('invalid', `\`${name}\` is empty`)
  return { by: 'key', keys }
}

/** A record that carries its key, or the bare id. */
function keyOf(record: JsonValue, key: KeyColumns): readonly Scalar[] {
  return isJsonObject(record) ? keyInRecord(record, key) : readId(record, key)
}
