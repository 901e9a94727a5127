import { type CallPlan, type Parameter, type Routine, stringOf, type TextResult } from '@gatehouse/core'
import type { Dialect, Typed } from '../sql/dialect.js'
import type { Raw, RunOptions } from '../sql/driver.js'
import { jsonEncoder } from '../sql/encode.js'
import type { Encoding, ShapeColumn } from '../sql/row-shape.js'
import { compileWriter, type RowWriter } from '../sql/writer.js'
import type { RunStatement, SqlserverDriver } from './driver.js'
import type { Knowledge } from './introspect.js'
import { tablePrefix } from './introspect-routines.js'
import { baseOf } from './native-type.js'
import type { WireType } from './raw-value.js'
import type { Field, Sink } from './session.js'
import { quote } from './text-sql.js'

/**
 * Calls a function: `{"value": ...}`, or `{"resource": [...]}` of one that answers rows. Or a procedure:
 * `{"resource": ..., "value": its return value, "out": {...}}`, where several result sets are a list of lists.
 */
export async function callRoutine(
  driver: SqlserverDriver,
  dialect: Dialect,
  knowledge: Knowledge,
  plan: CallPlan,
  options: RunOptions,
): Promise<TextResult> {
  if (plan.routine.kind === 'procedure') return callProcedure(driver, dialect, knowledge, plan, options)
  return plan.routine.returns.kind === 'rows'
    ? callTable(driver, dialect, plan, plan.routine.returns.columns, options)
    : callScalar(driver, dialect, plan, options)
}

/** A function's arguments stand in order; what is left out is said to be. */
function functionSql(dialect: Dialect, { routine, values }: CallPlan): { call: string; bound: unknown[] } {
  const bound: unknown[] = []
  const given = routine.parameters.map((parameter) => {
    const value = values.get(parameter.name)
    if (value === undefined) return 'DEFAULT'
    bound.push(dialect.bind(value, parameter.type))
    return dialect.input(dialect.placeholder(bound.length), parameter)
  })
  return { call: `${dialect.qualified(routine.source)}(${given.join(', ')})`, bound }
}

async function callScalar(
  driver: SqlserverDriver,
  dialect: Dialect,
  plan: CallPlan,
  options: RunOptions,
): Promise<TextResult> {
  const { returns } = plan.routine
  const typed: Typed = returns.kind === 'value' ? returns : { type: 'text', nativeType: 'nvarchar(max)' }
  const { call, bound } = functionSql(dialect, plan)
  // Through a column, so that the function is called once however often its value is looked at.
  const { sql, encoding } = dialect.output('[f].[v]', typed)
  const { rows } = await driver.rows({ text: `SELECT ${sql} FROM (SELECT ${call} AS [v]) AS [f]` }, bound, options)
  return { kind: 'text', text: `{"value":${print(encoding, typed, plan.numbers, rows[0]?.[0])}}`, rows: 1 }
}

async function callTable(
  driver: SqlserverDriver,
  dialect: Dialect,
  plan: CallPlan,
  columns: Extract<Routine['returns'], { kind: 'rows' }>['columns'],
  options: RunOptions,
): Promise<TextResult> {
  const { call, bound } = functionSql(dialect, plan)
  const shown = columns.map((column) => ({
    name: column.name,
    ...dialect.output(`[f].${quote(column.name)}`, column),
    column,
  }))
  const shape = {
    format: 'json',
    hidden: 0,
    columns: shown.map(
      ({ name, encoding, column }): ShapeColumn => ({ name, encoding: asked(encoding, column, plan.numbers) }),
    ),
  } as const
  const text = `SELECT TOP (${plan.limit}) ${shown.map(({ sql }) => sql).join(', ')} FROM ${call} AS [f]`
  const written = await driver.write({ text, shape }, bound, plan.limit, options)
  return { kind: 'text', text: `{"resource":${stringOf(written.text)}}`, rows: written.rows }
}

function asked(encoding: Encoding, { type }: Typed, numbers: CallPlan['numbers']): Encoding {
  const wide = numbers === 'string' && (type === 'bigint' || type === 'decimal')
  return wide && encoding === 'number' ? 'number_string' : encoding
}

function print(encoding: Encoding, typed: Typed, numbers: CallPlan['numbers'], raw: Raw | undefined): string {
  if (raw === null || raw === undefined) return 'null'
  return jsonEncoder({ name: '', encoding: asked(encoding, typed, numbers) })(raw)
}

const variable = (index: number) => `@v${index}`

async function callProcedure(
  driver: SqlserverDriver,
  dialect: Dialect,
  knowledge: Knowledge,
  plan: CallPlan,
  options: RunOptions,
): Promise<TextResult> {
  const { routine, numbers } = plan
  const outs = routine.parameters.flatMap((parameter, index) =>
    parameter.mode === 'in' ? [] : [{ parameter, ...dialect.output(variable(index), parameter) }],
  )
  const { text, bound } = procedureSql(
    dialect,
    knowledge,
    plan,
    outs.map((out) => out.sql),
  )
  const results = new ResultSets(plan)
  await driver.isolated(options, (run: RunStatement) => run({ text }, bound, results))
  const [value, ...out] = results.last
  const printed = outs.map(
    ({ parameter, encoding }, i) => `${JSON.stringify(parameter.name)}:${print(encoding, parameter, numbers, out[i])}`,
  )
  const members = [
    results.text(),
    `"value":${value ?? 'null'}`,
    ...(outs.length > 0 ? [`"out":{${printed.join(',')}}`] : []),
  ]
  return { kind: 'text', text: `{${members.join(',')}}`, rows: results.rows }
}

/** What the last result set is called, with the return value and the OUTPUT parameters. */
const ending = 'gatehouse_return'

/**
 * Every parameter that is given has a variable of its own type, since EXEC takes no expressions; a table is filled from
 * a JSON array. What is left out takes the procedure's default.
 */
function procedureSql(dialect: Dialect, knowledge: Knowledge, plan: CallPlan, outs: readonly string[]) {
  const { routine, values } = plan
  const bound: unknown[] = []
  const lines = ['DECLARE @result int;']
  const given = routine.parameters.flatMap((parameter, index) => {
    const value = values.get(parameter.name)
    if (value === undefined && parameter.mode === 'in') return []
    const name = variable(index)
    if (value !== undefined) bound.push(dialect.bind(value, parameter.type))
    const mark = dialect.placeholder(bound.length)
    if (parameter.nativeType.startsWith(tablePrefix)) lines.push(tableSql(knowledge, parameter, name, mark))
    else {
      const start = value === undefined ? 'NULL' : dialect.input(mark, parameter)
      lines.push(`DECLARE ${name} ${variableType(parameter)} = ${start};`)
    }
    return `${`@${parameter.name}`} = ${name}${parameter.mode === 'in' ? '' : ' OUTPUT'}`
  })
  lines.push(`EXEC @result = ${dialect.qualified(routine.source)}${given.length > 0 ? ` ${given.join(', ')}` : ''};`)
  lines.push(`SELECT ${[`@result AS ${quote(ending)}`, ...outs].join(', ')};`)
  return { text: lines.join(' '), bound }
}

/** The old types of long texts and bytes are no types of variables. */
function variableType({ nativeType }: Parameter): string {
  switch (baseOf(nativeType)) {
    case 'text':
      return 'varchar(max)'
    case 'ntext':
      return 'nvarchar(max)'
    case 'image':
      return 'varbinary(max)'
    case 'timestamp':
    case 'rowversion':
      return 'binary(8)'
    default:
      return nativeType
  }
}

function tableSql({ tableTypes }: Knowledge, { nativeType }: Parameter, name: string, mark: string): string {
  const place = nativeType.slice(tablePrefix.length)
  const columns = tableTypes.get(place) ?? []
  const point = place.indexOf('.')
  const type = `${quote(place.slice(0, point))}.${quote(place.slice(point + 1))}`
  const names = columns.map((column) => quote(column.name)).join(', ')
  // Without paths, members are found by the columns' names.
  const read = columns.map((column) => `${quote(column.name)} ${column.nativeType}`)
  return `DECLARE ${name} AS ${type}; INSERT INTO ${name} (${names}) SELECT ${names} FROM OPENJSON(${mark}) WITH (${read.join(', ')});`
}

/** Prints the result sets of a procedure as they come. */
class ResultSets implements Sink {
  rows = 0
  /** The row of the last set. */
  last: readonly Raw[] = []
  private readonly plan: CallPlan
  private readonly sets: { text: string; rows: number }[] = []
  private writer: RowWriter | undefined

  constructor(plan: CallPlan) {
    this.plan = plan
  }

  fields(fields: readonly Field[]): void {
    if (fields[0]?.name === ending) {
      this.writer = undefined
      return
    }
    const columns = fields.map(
      ({ name, type }): ShapeColumn => ({ name, encoding: encodingOf(type, this.plan.numbers) }),
    )
    this.writer = compileWriter({ format: 'json', columns, hidden: 0 })
    this.sets.push({ text: '', rows: 0 })
  }

  row(values: readonly Raw[]): void {
    const set = this.sets.at(-1)
    if (!this.writer) this.last = values
    else if (set && set.rows < this.plan.limit) {
      const row = this.writer.row(values)
      set.text += set.rows === 0 ? row : `,${row}`
      set.rows++
      this.rows++
    }
  }

  text(): string {
    const sets = this.sets.map((set) => `[${set.text}]`)
    return `"resource":${sets.length === 1 ? sets[0] : `[${sets.join(',')}]`}`
  }
}

/** How the values of a result set's column are printed, where no catalog says it: by the driver's word for its type. */
function encodingOf({ name, size }: WireType, numbers: CallPlan['numbers']): Encoding {
  const wide: Encoding = numbers === 'string' ? 'number_string' : 'number'
  return name === 'BigInt' || (name === 'IntN' && size === 8) || decimals.has(name)
    ? wide
    : (encodings.get(name) ?? 'text')
}

const decimals = new Set(['NumericN', 'DecimalN', 'Numeric', 'Decimal', 'MoneyN', 'Money', 'SmallMoney'])
const encodings: ReadonlyMap<string, Encoding> = new Map([
  ['TinyInt', 'number'],
  ['SmallInt', 'number'],
  ['Int', 'number'],
  ['IntN', 'number'],
  ['Real', 'number'],
  ['Float', 'number'],
  ['FloatN', 'number'],
  ['Bit', 'boolean'],
  ['BitN', 'boolean'],
  ['Date', 'date'],
  ['Time', 'time'],
  ['SmallDateTime', 'datetime'],
  ['DateTime', 'datetime'],
  ['DateTimeN', 'datetime'],
  ['DateTime2', 'datetime'],
  ['DateTimeOffset', 'datetimetz'],
  ['Binary', 'binary'],
  ['VarBinary', 'binary'],
  ['Image', 'binary'],
  ['UDT', 'binary'],
])
