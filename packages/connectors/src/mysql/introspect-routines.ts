import type { Parameter, Routine } from '@gatehouse/core'
import type { ParameterRow, RoutineRow } from './introspect-queries.js'
import { scalarTypeOf } from './native-type.js'

const modes: ReadonlyMap<string, Parameter['mode']> = new Map([
  ['IN', 'in'],
  ['OUT', 'out'],
  ['INOUT', 'inout'],
])

/** A name can be that of a procedure and of a function. */
export function routinesOf(
  rows: readonly RoutineRow[],
  parameters: readonly ParameterRow[],
  nameOf: (schema: string, name: string) => string,
): Routine[] {
  const key = (kind: string, name: string) => JSON.stringify([kind, name])
  const byRoutine = new Map<string, Parameter[]>()
  for (const row of parameters) {
    const place = key(row.kind, row.routine)
    const list = byRoutine.get(place) ?? []
    byRoutine.set(place, list)
    list.push({
      name: row.name,
      type: scalarTypeOf(row.dataType, row.nativeType),
      nativeType: row.nativeType,
      mode: modes.get(row.mode) ?? 'in',
      // There are no defaults for parameters.
      required: row.mode !== 'OUT',
    })
  }
  return rows.map((row): Routine => {
    const procedure = row.kind === 'PROCEDURE'
    return {
      name: nameOf(row.schema, row.name),
      source: { schema: row.schema, name: row.name },
      kind: procedure ? 'procedure' : 'function',
      ...(row.comment === '' ? {} : { comment: row.comment }),
      parameters: byRoutine.get(key(row.kind, row.name)) ?? [],
      returns: procedure
        ? { kind: 'unknown' }
        : { kind: 'value', type: scalarTypeOf(row.dataType, row.nativeType), nativeType: row.nativeType },
      // What says nothing is CONTAINS SQL, which may be anything.
      readOnly: row.access === 'READS SQL DATA' || row.access === 'NO SQL',
    }
  })
}
