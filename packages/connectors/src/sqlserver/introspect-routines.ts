import type { Parameter, Routine } from '@gatehouse/core'
import { groupBy } from '../sql/group-by.js'
import type { ColumnRow, ParameterRow, ResultRow, RoutineRow } from './introspect-queries.js'
import { baseOf, nativeTypeOf, scalarTypeOf } from './native-type.js'
import { defaultsIn } from './parameter-defaults.js'

/** What the queries found of routines. */
export interface FoundRoutines {
  readonly routines: readonly RoutineRow[]
  readonly parameters: readonly ParameterRow[]
  /** Of functions that answer rows. */
  readonly columns: readonly ColumnRow[]
  /** Of procedures. */
  readonly results: readonly ResultRow[]
}

/** What stands before the name of a table's type, as the native type of a parameter. */
export const tablePrefix = 'table of '

/** Routines that can be called with values: those that hand over cursors or types of .NET are left out. */
export function routinesOf(found: FoundRoutines, nameOf: (schema: string, name: string) => string): Routine[] {
  const parameters = groupBy(found.parameters, ({ id }) => id)
  const columns = groupBy(found.columns, ({ id }) => id)
  const results = groupBy(found.results, ({ id }) => id)
  return found.routines.flatMap((row) => {
    const own = parameters.get(row.id) ?? []
    if (own.some((parameter) => parameter.cursor || (parameter.systemType === undefined && !parameter.tableType)))
      return []
    const returns = returnsOf(row, own, columns.get(row.id) ?? [], results.get(row.id) ?? [])
    if (!returns) return []
    const named = own.filter((parameter) => parameter.position > 0)
    const defaults = defaultsIn(
      row.definition ?? '',
      named.map(({ name }) => name),
    )
    const procedure = isProcedure(row)
    return {
      name: nameOf(row.schema, row.name),
      source: { schema: row.schema, name: row.name },
      kind: procedure ? 'procedure' : 'function',
      ...(row.comment === undefined ? {} : { comment: row.comment }),
      parameters: named.map((parameter) => parameterOf(parameter, defaults)),
      returns,
      // A function cannot change anything; a procedure may do anything.
      readOnly: !procedure,
    }
  })
}

export function isProcedure({ type }: Pick<RoutineRow, 'type'>): boolean {
  return type === 'P' || type === 'PC'
}

function returnsOf(
  row: RoutineRow,
  parameters: readonly ParameterRow[],
  columns: readonly ColumnRow[],
  results: readonly ResultRow[],
): Routine['returns'] | undefined {
  switch (row.type) {
    case 'P':
    case 'PC': {
      if (results.length === 0) return { kind: 'unknown' }
      return {
        kind: 'rows',
        columns: results.map(({ name, nativeType }) => ({ name, type: scalarTypeOf(baseOf(nativeType)), nativeType })),
      }
    }
    case 'FN':
    case 'FS': {
      const value = parameters.find((parameter) => parameter.position === 0)
      return value?.systemType === undefined ? undefined : { kind: 'value', ...typeOf(value, value.systemType) }
    }
    default: {
      const known = columns.flatMap((column) =>
        column.systemType === undefined ? [] : [{ name: column.name, ...typeOf(column, column.systemType) }],
      )
      return known.length === 0 ? undefined : { kind: 'rows', columns: known }
    }
  }
}

function typeOf(row: ParameterRow | ColumnRow, systemType: string) {
  return {
    type: scalarTypeOf(systemType),
    nativeType: nativeTypeOf(systemType, row.maxLength, row.precision, row.scale),
  }
}

/** Every OUTPUT parameter takes a value too, so it is INOUT, which need not be given. */
function parameterOf(row: ParameterRow, defaults: ReadonlySet<string>): Parameter {
  const name = row.name.replace(/^@/, '')
  const required = !row.output && !row.hasDefault && !defaults.has(row.name)
  if (row.tableType !== undefined) {
    // A list of records, by the names of the type's columns.
    const nativeType = `${tablePrefix}${row.tableSchema}.${row.tableType}`
    return { name, type: 'json', nativeType, mode: 'in', required }
  }
  return { name, ...typeOf(row, row.systemType ?? ''), mode: row.output ? 'inout' : 'in', required }
}
