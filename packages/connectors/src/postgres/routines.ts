import type { CallPlan, Parameter, TextResult } from '@gatehouse/core'
import type { Dialect } from '../sql/dialect.js'
import type { Raw, RunOptions, Statement } from '../sql/driver.js'
import { jsonEncoder } from '../sql/encode.js'
import type { RowShape, ShapeColumn } from '../sql/row-shape.js'
import { compileWriter, writeRows } from '../sql/writer.js'
import { type Called, callStatement } from './call-sql.js'
import { describedRows } from './described-rows.js'
import type { PostgresDriver } from './driver.js'
import type { PgRunOptions } from './lease.js'
import { quote } from './text-sql.js'
import type { PgTransaction } from './transaction.js'

/** What a routine gave back, each part as JSON text. */
interface Given {
  readonly sets?: readonly ResultSet[]
  readonly out?: string | undefined
  readonly value?: string
}
interface ResultSet {
  readonly text: string
  readonly rows: number
  /** There were more rows than the limit. */
  readonly more: boolean
}

/**
 * Calls a function or procedure: `{"resource":[...]}` for rows, `{"resource":[[...],[...]]}` for several cursors,
 * `{"out":{...}}` for OUT and INOUT parameters, `{"value":...}` for one value, `{}` for nothing. Each result set is cut
 * at the plan's limit, and `meta` says so.
 */
export async function callRoutine(
  driver: PostgresDriver,
  dialect: Dialect,
  plan: CallPlan,
  options: RunOptions,
): Promise<TextResult> {
  const run: PgRunOptions = { ...options, soils: !options.readOnly }
  const call = callStatement(plan, dialect)
  const { returns } = plan.routine
  if (returns.kind === 'unknown' || call.outs.some(isCursor)) {
    // Cursors live as long as the transaction that opened them.
    return driver.transaction(run, (session) => withCursors(session, dialect, plan, call))
  }
  if (returns.kind === 'rows') {
    const page = await driver.write({ text: call.text, shape: call.shape }, call.values, plan.limit, run)
    const text = typeof page.text === 'string' ? page.text : Buffer.from(page.text).toString('utf8')
    return answerOf(plan, { sets: [{ text, rows: page.rows, more: page.more }] })
  }
  // Outside a transaction of ours, so that a procedure may commit by itself.
  const { rows } = await driver.rows({ text: call.text }, call.values, run)
  const row = rows[0] ?? []
  if (returns.kind === 'value') return answerOf(plan, { value: print(call.shape, 0, row[0]) })
  const ask = (statement: Statement, values: readonly unknown[]) => driver.rows(statement, values, options)
  return answerOf(plan, { out: await outOf(ask, dialect, plan, call, row) })
}

const isCursor = (parameter: Parameter) => parameter.nativeType === 'refcursor'

async function withCursors(
  session: PgTransaction,
  dialect: Dialect,
  plan: CallPlan,
  call: Called,
): Promise<TextResult> {
  const { rows } = await session.rows({ text: call.text }, call.values)
  const row = rows[0] ?? []
  const cursors =
    plan.routine.returns.kind === 'unknown'
      ? rows.map((one) => one[0])
      : call.outs.flatMap((parameter, i) => (isCursor(parameter) ? [row[i]] : []))
  const sets: ResultSet[] = []
  for (const cursor of cursors) {
    if (cursor === null || cursor === undefined) continue
    const fetched = await session.described({ text: `FETCH ${plan.limit + 1} FROM ${quote(String(cursor))}` })
    const { shape, rows: found } = describedRows(fetched, plan.numbers)
    const shown = found.slice(0, plan.limit)
    sets.push({ text: writeRows(compileWriter(shape), shown), rows: shown.length, more: found.length > plan.limit })
  }
  const ask = (statement: Statement, values: readonly unknown[]) => session.rows(statement, values)
  return answerOf(plan, { sets, out: await outOf(ask, dialect, plan, call, row) })
}

type Ask = (statement: Statement, values: readonly unknown[]) => Promise<{ readonly rows: readonly (readonly Raw[])[] }>

/**
 * OUT values as `{name: value}`. CALL answers in PostgreSQL's own texts; where ours differ, the values are selected
 * once more in the way that columns are.
 */
async function outOf(
  ask: Ask,
  dialect: Dialect,
  plan: CallPlan,
  call: Called,
  row: readonly Raw[],
): Promise<string | undefined> {
  if (!call.outs.some((parameter) => !isCursor(parameter))) return undefined
  let values = row
  const differ = call.outs.some(({ type, nativeType }) => dialect.output('x', { type, nativeType }).sql !== 'x')
  if (plan.routine.kind === 'procedure' && differ) {
    const outputs = call.outs.map((parameter, i) => dialect.output(`$${i + 1}::${parameter.nativeType}`, parameter).sql)
    const { rows } = await ask({ text: `SELECT ${outputs.join(', ')}` }, row)
    values = rows[0] ?? []
  }
  const members = call.outs.flatMap((parameter, i) =>
    isCursor(parameter) ? [] : [`${JSON.stringify(parameter.name)}:${print(call.shape, i, values[i])}`],
  )
  return `{${members.join(',')}}`
}

function print(shape: RowShape, index: number, raw: Raw | undefined): string {
  const column: ShapeColumn | undefined = shape.columns[index]
  return raw === null || raw === undefined || !column ? 'null' : jsonEncoder(column)(raw)
}

function answerOf(plan: CallPlan, { sets, out, value }: Given): TextResult {
  const members: string[] = []
  if (value !== undefined) members.push(`"value":${value}`)
  if (sets?.length === 1) members.push(`"resource":${sets[0]?.text}`)
  else if (sets) members.push(`"resource":[${sets.map((set) => set.text).join(',')}]`)
  if (out !== undefined) members.push(`"out":${out}`)
  if (sets?.some((set) => set.more)) members.push(`"meta":{"cut":{"allowed":${plan.limit}}}`)
  const rows = sets?.reduce((sum, set) => sum + set.rows, 0) ?? (members.length > 0 ? 1 : 0)
  return { kind: 'text', text: `{${members.join(',')}}`, rows }
}
