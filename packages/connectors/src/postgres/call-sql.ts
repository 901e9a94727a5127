import { type CallPlan, Failure, type Parameter } from '@gatehouse/core'
import type { Dialect } from '../sql/dialect.js'
import { shapeColumn } from '../sql/projection-sql.js'
import type { RowShape } from '../sql/row-shape.js'
import { variadic } from './introspect-routines.js'
import { quote } from './text-sql.js'

/** A call as a statement. */
export interface Called {
  readonly text: string
  readonly values: readonly unknown[]
  /** What the statement yields. */
  readonly shape: RowShape
  /** OUT and INOUT parameters in the order of the row that answers. */
  readonly outs: readonly Parameter[]
}

/** A function is selected from, a procedure is called. Each value is cast to its declared type, which picks the overload. */
export function callStatement(plan: CallPlan, dialect: Dialect): Called {
  const { routine, numbers } = plan
  const { args, values } = argumentsSql(plan, dialect)
  const call = `${dialect.qualified(routine.source)}(${args})`
  const outs = routine.parameters.filter((parameter) => parameter.mode !== 'in')
  const { returns } = routine
  const shapeOf = (columns: readonly Pick<Parameter, 'name' | 'type' | 'nativeType'>[]): RowShape => ({
    format: 'json',
    columns: columns.map((column) => shapeColumn(column.name, dialect.output('', column), column, numbers)),
    hidden: 0,
  })
  if (routine.kind === 'procedure') return { text: `CALL ${call}`, values, shape: shapeOf(outs), outs }
  switch (returns.kind) {
    case 'rows':
      return { ...fromSql(returns.columns), values, shape: shapeOf(returns.columns), outs: [] }
    case 'value': {
      const column = { name: 'value', ...returns }
      const text = `SELECT ${dialect.output(call, column).sql}`
      return { text, values, shape: shapeOf([column]), outs: [] }
    }
    case 'nothing':
      if (outs.length > 0) return { ...fromSql(outs), values, shape: shapeOf(outs), outs }
      return { text: `SELECT ${call}`, values, shape: shapeOf([]), outs }
    case 'unknown':
      return { text: `SELECT ${call}`, values, shape: shapeOf([]), outs }
    default:
      return returns satisfies never
  }

  function fromSql(columns: readonly Pick<Parameter, 'name' | 'type' | 'nativeType'>[]): { text: string } {
    // Names of our own: the function's may be ambiguous.
    const aliases = columns.map((_, i) => quote(`c${i}`))
    const list = columns.map((column, i) => dialect.output(`r.${aliases[i]}`, column).sql)
    return { text: `SELECT ${list.join(', ')} FROM ${call} AS r(${aliases.join(', ')}) LIMIT ${plan.limit + 1}` }
  }
}

/** By position as far as none is left out, then by name: so that routines with unnamed parameters can be called too. */
function argumentsSql({ routine, values }: CallPlan, dialect: Dialect): { args: string; values: unknown[] } {
  const bound: unknown[] = []
  const args: string[] = []
  let named = false
  for (const parameter of routine.parameters) {
    const native = parameter.nativeType.replace(variadic, '')
    const spread = parameter.nativeType.startsWith(variadic)
    if (parameter.mode === 'out') {
      // A procedure wants a place for it, a function does not know it.
      if (routine.kind === 'procedure') args.push(`${named ? `${quote(parameter.name)} => ` : ''}NULL::${native}`)
      continue
    }
    const value = values.get(parameter.name)
    if (value === undefined && !spread) {
      if (parameter.required) {
        throw new Failure('invalid', `\`${parameter.name}\` is missing`, { hint: `Its type is ${native}` })
      }
      named = true
      continue
    }
    bound.push(value === undefined ? '{}' : dialect.bind(value, parameter.type))
    const cast = dialect.input(`$${bound.length}::${castType(parameter, native)}`, parameter)
    args.push(`${spread ? variadic : ''}${named ? `${quote(parameter.name)} => ` : ''}${cast}`)
  }
  return { args: args.join(', '), values: bound }
}

/** A row type's value is bound as JSON; `input` makes the row of it. */
function castType(parameter: Parameter, native: string): string {
  return parameter.type === 'json' && native !== 'json' ? 'jsonb' : native
}
