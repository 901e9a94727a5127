import type { CallPlan, Parameter } from '@gatehouse/core'
import type { Typed } from '../sql/dialect.js'
import type { Encoding } from '../sql/row-shape.js'
import { isBoolean } from './column-kind.js'
import type { BindValue, OutKind } from './connection.js'
import { type RoutineHandle, refCursor } from './introspect-routines.js'
import { outputSql } from './output.js'
import { inputSql } from './params.js'
import { placeholder, quote } from './text-sql.js'
import { bind } from './values.js'

/** A value that a call gives back, in the order of its binds. */
export interface Returned {
  /** Absent: what a function returns. */
  readonly name?: string
  readonly typed: Typed
  readonly encoding: Encoding
  readonly kind: OutKind
}

export interface Call {
  readonly text: string
  readonly values: readonly BindValue[]
  readonly returned: readonly Returned[]
}

/** Values and their placeholders, in the order of the text: each is used once. */
class Binds {
  readonly values: BindValue[] = []
  add(value: BindValue): string {
    this.values.push(value)
    return placeholder(this.values.length)
  }
}

/**
 * A block that calls a routine. What comes back goes through variables of its own type, so that it is written as a
 * column of that type is; cursors and LOBs come back as themselves.
 */
export function callBlock(plan: CallPlan, handle: RoutineHandle): Call {
  const { routine, values } = plan
  const binds = new Binds()
  const declarations: string[] = []
  const after: (() => string)[] = []
  const returned: Returned[] = []
  const receive = (result: Returned, variable: string) => {
    after.push(() => {
      returned.push(result)
      return `${binds.add({ out: result.kind })} := ${receivedSql(variable, result)};`
    })
  }
  const declare = (variable: string, typed: Typed, initial: string) => {
    declarations.push(`${variable} ${variableType(typed.nativeType)}${initial};`)
  }
  const { returns } = routine
  const cursor = routine.kind === 'function' && returns.kind !== 'value'
  if (returns.kind === 'value') declare('v0', returns, '')
  routine.parameters.forEach((parameter, index) => {
    if (isCursor(parameter) || parameter.mode === 'in') return
    const initial = parameter.mode === 'inout' ? ` := ${inValue(binds, plan, parameter)}` : ''
    declare(`v${index + 1}`, parameter, initial)
  })
  const target = returns.kind === 'value' ? 'v0 := ' : cursor ? `${binds.add({ out: 'rows' })} := ` : ''
  if (cursor) returned.push(cursorResult())
  if (returns.kind === 'value') receive(resultOf(undefined, returns), 'v0')
  const args = routine.parameters.flatMap((parameter, index) => {
    if (parameter.mode === 'in') {
      // What is not said takes the routine's own default.
      if (!values.has(parameter.name)) return []
      return `${quote(parameter.name)} => ${inValue(binds, plan, parameter)}`
    }
    if (isCursor(parameter)) {
      returned.push(cursorResult(parameter.name))
      return `${quote(parameter.name)} => ${binds.add({ out: 'rows' })}`
    }
    receive(resultOf(parameter.name, parameter), `v${index + 1}`)
    return `${quote(parameter.name)} => v${index + 1}`
  })
  const list = args.length > 0 ? `(${args.join(', ')})` : ''
  const block = `BEGIN ${target}${handle.call}${list}; ${after.map((make) => `${make()} `).join('')}END;`
  const text = declarations.length > 0 ? `DECLARE ${declarations.join(' ')} ${block}` : block
  return { text, values: binds.values, returned }
}

/** The rows of a pipelined function, asked for by a query. */
export function pipelinedQuery(plan: CallPlan, handle: RoutineHandle): Call {
  const binds = new Binds()
  const args = plan.routine.parameters.flatMap((parameter) =>
    plan.values.has(parameter.name) ? `${quote(parameter.name)} => ${inValue(binds, plan, parameter)}` : [],
  )
  const text = `SELECT * FROM TABLE(${handle.call}(${args.join(', ')}))`
  return { text, values: binds.values, returned: [] }
}

function isCursor({ nativeType, mode }: Parameter): boolean {
  return nativeType === refCursor && mode === 'out'
}

function cursorResult(name?: string): Returned {
  const typed: Typed = { type: 'other', nativeType: refCursor }
  return { typed, encoding: 'json', kind: 'rows', ...(name === undefined ? {} : { name }) }
}

function inValue(binds: Binds, { values }: CallPlan, parameter: Parameter): string {
  const param = binds.add(bind(values.get(parameter.name) ?? null, parameter.type))
  if (isBoolean(parameter)) return `CASE ${param} WHEN 1 THEN TRUE WHEN 0 THEN FALSE END`
  return inputSql(param, parameter)
}

function resultOf(name: string | undefined, typed: Typed): Returned {
  const { encoding } = outputSql('', typed)
  return { typed, encoding, kind: kindOf(typed), ...(name === undefined ? {} : { name }) }
}

function kindOf({ type, nativeType }: Typed): OutKind {
  if (nativeType === 'CLOB' || nativeType === 'NCLOB' || nativeType === 'XMLTYPE' || type === 'json') return 'clob'
  if (nativeType === 'BLOB') return 'blob'
  if (type === 'float') return 'double'
  return type === 'binary' ? 'bytes' : 'text'
}

/** A LOB is read, with its limit, where it arrives. */
function receivedSql(variable: string, { typed, kind }: Returned): string {
  if (typed.nativeType === 'CLOB' || typed.nativeType === 'NCLOB' || kind === 'blob') return variable
  return outputSql(variable, typed).sql
}

/** The widest variable of the type: parameters have no sizes of their own. */
function variableType(nativeType: string): string {
  const name = nativeType.replace(/\(.*?\)/g, '').replace('PL/SQL ', '')
  switch (name) {
    case 'VARCHAR2':
    case 'NVARCHAR2':
    case 'RAW':
      return `${name}(32767)`
    case 'VARCHAR':
    case 'CHAR':
    case 'NCHAR':
      return 'VARCHAR2(32767)'
    case 'TIMESTAMP':
    case 'TIMESTAMP WITH TIME ZONE':
    case 'TIMESTAMP WITH LOCAL TIME ZONE':
      return name.replace('TIMESTAMP', 'TIMESTAMP(9)')
    case 'INTERVAL DAY TO SECOND':
      return 'INTERVAL DAY(9) TO SECOND(9)'
    case 'INTERVAL YEAR TO MONTH':
      return 'INTERVAL YEAR(9) TO MONTH'
    case 'BINARY_INTEGER':
      return 'PLS_INTEGER'
    case 'FLOAT':
      return 'NUMBER'
    default:
      return name
  }
}
