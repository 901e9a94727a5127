import type { CallPlan, Parameter, TextResult } from '@gatehouse/core'
import type { Dialect } from '../sql/dialect.js'
import type { Raw, RunOptions } from '../sql/driver.js'
import { jsonEncoder } from '../sql/encode.js'
import type { ShapeColumn } from '../sql/row-shape.js'
import { compileWriter, type RowWriter } from '../sql/writer.js'
import type { MysqlDriver, RunStatement } from './driver.js'
import { type RawType, rawTypeOf } from './raw-type.js'
import type { Field, Sink } from './session.js'

/**
 * Calls a stored routine. `{"value":...}` of a function; `{"resource":[...]}` of a procedure that yields one result
 * set, `{"resource":[[...],[...]]}` of several; `"out":{...}` of OUT and INOUT parameters. Each result set is cut at
 * the plan's limit, and `meta` says so.
 */
export function callRoutine(
  driver: MysqlDriver,
  dialect: Dialect,
  plan: CallPlan,
  options: RunOptions,
): Promise<TextResult> {
  return plan.routine.kind === 'function'
    ? callFunction(driver, dialect, plan, options)
    : callProcedure(driver, dialect, plan, options)
}

async function callFunction(
  driver: MysqlDriver,
  dialect: Dialect,
  { routine, values, numbers }: CallPlan,
  options: RunOptions,
): Promise<TextResult> {
  const { returns } = routine
  const typed = returns.kind === 'value' ? returns : ({ type: 'text', nativeType: 'text' } as const)
  const call = `${dialect.qualified(routine.source)}(${routine.parameters.map((p, i) => input(dialect, p, i + 1)).join(', ')})`
  const output = dialect.output(call, typed)
  const bound = routine.parameters.map((p) => dialect.bind(values.get(p.name) ?? null, p.type))
  const text = `SELECT ${output.sql}`
  const { rows } = options.readOnly
    ? await driver.rows({ text }, bound, options)
    : await driver.isolated(options, async (run) => ({ rows: await rowsOf(run, text, bound) }))
  return {
    kind: 'text',
    text: `{"value":${print({ name: 'value', ...output }, typed, numbers, rows[0]?.[0])}}`,
    rows: 1,
  }
}

function input(dialect: Dialect, parameter: Parameter, position: number): string {
  return dialect.input(dialect.placeholder(position), parameter)
}

async function rowsOf(run: RunStatement, text: string, values: readonly unknown[]): Promise<(readonly Raw[])[]> {
  const rows: (readonly Raw[])[] = []
  await run({ text }, values, { row: (row) => rows.push(row) })
  return rows
}

function print(
  column: ShapeColumn,
  typed: Pick<Parameter, 'type'>,
  numbers: CallPlan['numbers'],
  raw: Raw | undefined,
): string {
  if (raw === null || raw === undefined) return 'null'
  const wide = numbers === 'string' && (typed.type === 'bigint' || typed.type === 'decimal')
  return jsonEncoder(wide && column.encoding === 'number' ? { ...column, encoding: 'number_string' } : column)(raw)
}

/** A session variable for each parameter that comes back; the session is reset afterwards. */
const variable = (index: number) => `@gatehouse_${index}`

async function callProcedure(
  driver: MysqlDriver,
  dialect: Dialect,
  plan: CallPlan,
  options: RunOptions,
): Promise<TextResult> {
  const { routine, values } = plan
  const outs = routine.parameters
    .map((parameter, index) => ({ parameter, index }))
    .filter((p) => p.parameter.mode !== 'in')
  const results = new ResultSets(plan)
  const out = await driver.isolated(options, async (run) => {
    await setVariables(run, dialect, plan)
    const bound: unknown[] = []
    const marks = routine.parameters.map((parameter, index) => {
      if (parameter.mode !== 'in') return variable(index)
      bound.push(dialect.bind(values.get(parameter.name) ?? null, parameter.type))
      return input(dialect, parameter, bound.length)
    })
    await run({ text: `CALL ${dialect.qualified(routine.source)}(${marks.join(', ')})` }, bound, results)
    if (outs.length === 0) return undefined
    const outputs = outs.map(({ parameter, index }) => dialect.output(variable(index), parameter))
    const [row] = await rowsOf(run, `SELECT ${outputs.map((output) => output.sql).join(', ')}`, [])
    const members = outs.map(({ parameter }, i) => {
      const { encoding } = outputs[i] ?? { encoding: 'text' as const }
      return `${JSON.stringify(parameter.name)}:${print({ name: parameter.name, encoding }, parameter, plan.numbers, row?.[i])}`
    })
    return `{${members.join(',')}}`
  })
  const cut = results.cut ? `"meta":{"cut":{"allowed":${plan.limit}}}` : undefined
  const members = [results.text(), out === undefined ? undefined : `"out":${out}`, cut].filter(
    (part) => part !== undefined,
  )
  return { kind: 'text', text: `{${members.join(',')}}`, rows: results.rows }
}

async function setVariables(run: RunStatement, dialect: Dialect, { routine, values }: CallPlan): Promise<void> {
  const bound: unknown[] = []
  const assignments = routine.parameters.flatMap((parameter, index) => {
    if (parameter.mode === 'in') return []
    if (parameter.mode === 'out') return `${variable(index)} = NULL`
    bound.push(dialect.bind(values.get(parameter.name) ?? null, parameter.type))
    return `${variable(index)} = ${dialect.placeholder(bound.length)}`
  })
  if (assignments.length > 0) await run({ text: `SET ${assignments.join(', ')}` }, bound, { row: () => undefined })
}

/** Prints the result sets of a procedure as they come. */
class ResultSets implements Sink {
  rows = 0
  /** There were more rows than the limit. */
  cut = false
  private readonly plan: CallPlan
  private readonly sets: { text: string; rows: number }[] = []
  private writer: RowWriter | undefined
  private types: readonly RawType[] = []

  constructor(plan: CallPlan) {
    this.plan = plan
  }

  fields(fields: readonly Field[]): void {
    this.types = fields.map((field) => rawTypeOf(field, this.plan.numbers))
    const columns = fields.map(
      (field, i): ShapeColumn => ({ name: field.name, encoding: this.types[i]?.encoding ?? 'text' }),
    )
    this.writer = compileWriter({ format: 'json', columns, hidden: 0 })
    this.sets.push({ text: '', rows: 0 })
  }

  row(values: readonly Raw[]): void {
    const set = this.sets.at(-1)
    if (!set || !this.writer) return
    if (set.rows >= this.plan.limit) {
      this.cut = true
      return
    }
    const row = this.writer.row(values.map((value, i) => this.types[i]?.raw?.(value) ?? value))
    set.text += set.rows === 0 ? row : `,${row}`
    set.rows++
    this.rows++
  }

  text(): string | undefined {
    const sets = this.sets.map((set) => `[${set.text}]`)
    if (sets.length === 0)
      return this.plan.routine.parameters.some((p) => p.mode !== 'in') ? undefined : '"resource":[]'
    return `"resource":${sets.length === 1 ? sets[0] : `[${sets.join(',')}]`}`
  }
}
