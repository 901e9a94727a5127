import type { Parameter, Routine } from '@gatehouse/core'
import { groupBy } from '../sql/group-by.js'
import type { ArgumentRow, RoutineRow } from './introspect-queries.js'
import { nativeTypeOf, scalarTypeOf, type TypeChoices } from './native-type.js'
import { quote } from './text-sql.js'

/** What `Routine.handle` says: how this overload is called. */
export interface RoutineHandle {
  /** `"SHOP"."ORDERS_API"."PLACE"` */
  readonly call: string
  /** Its rows are asked for by a query. */
  readonly pipelined: boolean
}

export function handleOf(routine: Routine): RoutineHandle {
  return JSON.parse(routine.handle ?? '{"call":"","pipelined":false}') as RoutineHandle
}

export const refCursor = 'REF CURSOR'

const modes: ReadonlyMap<string, Parameter['mode']> = new Map([
  ['IN', 'in'],
  ['OUT', 'out'],
  ['IN/OUT', 'inout'],
])

/** Procedures and functions of their own, and those of packages as `PACKAGE.NAME`. */
export function routinesOf(
  owner: string,
  rows: readonly RoutineRow[],
  args: readonly ArgumentRow[],
  nameOf: (owner: string, name: string) => string,
  choices: TypeChoices,
): Routine[] {
  const key = (pack: string | undefined, name: string, overload: string) => JSON.stringify([pack ?? '', name, overload])
  const byRoutine = groupBy(args, (row) => key(row.package, row.routine, row.overload))
  return rows.map((row): Routine => {
    const inPackage = row.procedure !== undefined
    const name = row.procedure ?? row.object
    const own = byRoutine.get(key(inPackage ? row.object : undefined, name, row.overload)) ?? []
    const result = own.find((argument) => argument.name === undefined && argument.position === 0)
    const parameters = own.filter((argument) => argument.name !== undefined).map((a) => parameterOf(a, choices))
    const full = inPackage ? `${row.object}.${name}` : name
    const path = inPackage ? [owner, row.object, name] : [owner, name]
    const handle: RoutineHandle = { call: path.map(quote).join('.'), pipelined: row.pipelined }
    const unsendable = parameters.find((parameter) => !isSendable(parameter))
    return {
      name: nameOf(owner, full),
      source: { schema: owner, name: full },
      kind: result === undefined ? 'procedure' : 'function',
      ...(unsendable ? { comment: refusal(full, unsendable) } : {}),
      parameters,
      returns: returnsOf(result, row.pipelined, choices),
      // Nothing says so of a routine, not even DETERMINISTIC.
      readOnly: false,
      handle: JSON.stringify(handle),
    }
  })
}

function typeOf(argument: ArgumentRow) {
  // A NUMBER of PL/SQL has no digits to speak of, but INTEGER and its kin do.
  const integer = /^(INTEGER|INT|SMALLINT)$/.test(argument.plsType)
  return {
    name: argument.dataType,
    ...(argument.precision === undefined ? {} : { precision: argument.precision }),
    ...(integer ? { scale: 0 } : argument.scale === undefined ? {} : { scale: argument.scale }),
    ...(/CHAR/.test(argument.dataType) && argument.charLength > 0 ? { length: argument.charLength } : {}),
  }
}

function parameterOf(argument: ArgumentRow, choices: TypeChoices): Parameter {
  const type = typeOf(argument)
  const mode = modes.get(argument.mode) ?? 'in'
  return {
    name: argument.name ?? '',
    type: scalarTypeOf(type, choices) ?? 'other',
    nativeType: nativeTypeOf(type),
    mode,
    required: mode !== 'out' && !argument.defaulted,
  }
}

function returnsOf(result: ArgumentRow | undefined, pipelined: boolean, choices: TypeChoices): Routine['returns'] {
  if (!result) return { kind: 'unknown' }
  if (pipelined || result.dataType === refCursor) return { kind: 'unknown' }
  const type = typeOf(result)
  return { kind: 'value', type: scalarTypeOf(type, choices) ?? 'other', nativeType: nativeTypeOf(type) }
}

/** Types of PL/SQL and objects that JSON values cannot be made into. */
const compound = /^(PL\/SQL (RECORD|TABLE|INDEX TABLE)|OBJECT|VARRAY|TABLE|UNDEFINED|OPAQUE.*|REF)$/

export function isSendable({ nativeType, mode }: Pick<Parameter, 'nativeType' | 'mode'>): boolean {
  if (nativeType === refCursor) return mode === 'out'
  return !compound.test(nativeType)
}

export function refusal(routine: string, { name, nativeType }: Pick<Parameter, 'name' | 'nativeType'>): string {
  return `\`${routine}\` cannot be called here: its parameter \`${name}\` is a ${nativeType}, which has no JSON`
}
