import type { Parameter, Routine } from '@gatehouse/core'
import type { Raw } from '../sql/driver.js'
import type { Types } from './types.js'

type Row = readonly Raw[]

/** What is written before the type of a VARIADIC parameter. */
export const variadic = 'VARIADIC '

interface Argument {
  readonly name: string
  readonly mode: string
  readonly oid: string
}

/** Routines that can be called with values: those with polymorphic or internal types are left out. */
export function routinesOf(
  rows: readonly Row[],
  rowTypes: readonly Row[],
  types: Types,
  nameOf: (schema: string, name: string) => string,
): Routine[] {
  return rows.flatMap((row) => {
    const routine = routineOf(row, rowTypes, types, nameOf)
    return routine ? [routine] : []
  })
}

function routineOf(
  row: Row,
  rowTypes: readonly Row[],
  types: Types,
  nameOf: (schema: string, name: string) => string,
): Routine | undefined {
  const [oid = '', schema = '', name = '', prokind, volatility, setof, returnOid = ''] = row.slice(0, 7).map(text)
  const procedure = prokind === 'p'
  const all = argumentsOf(row)
  if (all.some(({ oid: type }) => isPseudo(types, type))) return undefined
  const table = all.filter(({ mode }) => mode === 't')
  const rowsOut = !procedure && setof === 't' ? all.filter(({ mode }) => 'tob'.includes(mode)) : table
  const parameters = parametersOf(
    all.filter((argument) => argument.mode !== 't' && !(rowsOut.includes(argument) && argument.mode === 'o')),
    Number(row[10]),
    types,
  )
  const outside = parameters.some((parameter) => parameter.mode !== 'in')
  const returns =
    procedure || (outside && rowsOut.length === 0)
      ? nothing
      : returnsOf(name, returnOid, setof === 't', rowsOut, rowTypes, types)
  if (!returns) return undefined
  return {
    name: nameOf(schema, name),
    source: { schema, name },
    kind: procedure ? 'procedure' : 'function',
    ...(row[11] === null || row[11] === undefined ? {} : { comment: text(row[11]) }),
    parameters,
    returns,
    // A procedure may do anything; of a function its volatility is the database's own word.
    readOnly: !procedure && volatility !== 'v',
    handle: oid,
  }
}

const nothing = { kind: 'nothing' } as const

function argumentsOf(row: Row): Argument[] {
  const list = (raw: Raw | undefined): readonly unknown[] => {
    const parsed: unknown = raw === null || raw === undefined ? [] : JSON.parse(text(raw))
    return Array.isArray(parsed) ? parsed : []
  }
  const modes = list(row[8])
  const names = list(row[9])
  return list(row[7]).map((oid, i) => ({
    name: String(names[i] ?? '') || `arg${i + 1}`,
    mode: String(modes[i] ?? 'i'),
    oid: String(oid),
  }))
}

function parametersOf(all: readonly Argument[], defaults: number, types: Types): Parameter[] {
  const inputs = all.filter(({ mode }) => mode !== 'o').length
  let seen = 0
  return all.map(({ name, mode, oid }) => {
    const facts = types.facts(oid, -1)
    const input = mode !== 'o'
    if (input) seen++
    return {
      name,
      type: facts?.type ?? 'other',
      nativeType: `${mode === 'v' ? variadic : ''}${facts?.nativeType ?? 'text'}`,
      mode: mode === 'o' ? 'out' : mode === 'b' ? 'inout' : 'in',
      // Defaults are those of the last parameters.
      required: input && mode !== 'v' && seen <= inputs - defaults,
    }
  })
}

function returnsOf(
  name: string,
  oid: string,
  setof: boolean,
  rowsOut: readonly Argument[],
  rowTypes: readonly Row[],
  types: Types,
): Routine['returns'] | undefined {
  const column = (columnName: string, type: string, typmod: number) => {
    const facts = types.facts(type, typmod)
    return { name: columnName, type: facts?.type ?? 'other', nativeType: facts?.nativeType ?? 'text' } as const
  }
  if (rowsOut.length > 0) return { kind: 'rows', columns: rowsOut.map((a) => column(a.name, a.oid, -1)) }
  const type = types.byOid.get(oid)
  if (type?.name === 'void') return nothing
  if (type?.name === 'refcursor') return { kind: 'unknown' }
  // `record` without columns, and polymorphic types, are the caller's to describe: there is no way to say it here.
  if (!type || type.kind === 'p') return undefined
  if (!setof) return { kind: 'value', ...without(column(name, oid, -1)) }
  const columns = rowTypes.filter((row) => text(row[0]) === oid)
  if (columns.length === 0) return { kind: 'rows', columns: [column(name, oid, -1)] }
  return { kind: 'rows', columns: columns.map((row) => column(text(row[1]), text(row[2]), Number(row[3]))) }
}

function without({ type, nativeType }: Pick<Parameter, 'type' | 'nativeType'>) {
  return { type, nativeType }
}

function isPseudo(types: Types, oid: string): boolean {
  return (types.byOid.get(oid)?.kind ?? 'p') === 'p'
}

function text(raw: Raw | undefined): string {
  return raw === null || raw === undefined ? '' : String(raw)
}
