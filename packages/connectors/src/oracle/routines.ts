import { type CallPlan, Failure, stringOf, type TextResult } from '@gatehouse/core'
import type { Raw, RunOptions } from '../sql/driver.js'
import { jsonEncoder } from '../sql/encode.js'
import { writeRows } from '../sql/written-rows.js'
import { callBlock, pipelinedQuery, type Returned } from './call-sql.js'
import type { Rows } from './connection.js'
import type { OracleDriver } from './driver.js'
import { cursorTypeOf } from './driver-values.js'
import { handleOf, isSendable, refusal } from './introspect-routines.js'
import type { TypeChoices } from './native-type.js'
import { rawOf } from './raw-row.js'

/**
 * Calls a stored routine. `{"value":...}` of a function; `{"resource":[...]}` of the rows of one cursor, whether it is
 * returned, an OUT parameter or an implicit result, `{"resource":[[...],[...]]}` of several; `"out":{...}` of other OUT
 * and INOUT parameters. Each list of rows is cut at the plan's limit.
 */
export function callRoutine(
  driver: OracleDriver,
  choices: TypeChoices,
  plan: CallPlan,
  options: RunOptions,
): Promise<TextResult> {
  const { routine } = plan
  const unsendable = routine.parameters.find((parameter) => !isSendable(parameter))
  if (unsendable) throw new Failure('unsupported', refusal(routine.name, unsendable))
  const { returns } = routine
  if (returns.kind === 'value' && !isSendable({ nativeType: returns.nativeType, mode: 'out' })) {
    throw new Failure('unsupported', `\`${routine.name}\` cannot be called here: it returns a ${returns.nativeType}`)
  }
  const handle = handleOf(routine)
  const call = handle.pipelined ? pipelinedQuery(plan, handle) : callBlock(plan, handle)
  return driver.held(options, async (run) => {
    const { rows, out = [], results = [] } = await run({ text: call.text }, call.values, { prefetch: 100 })
    const cursors: Rows[] = rows ? [rows] : []
    const members: string[] = []
    const outs: string[] = []
    call.returned.forEach((result, i) => {
      const value = out[i]
      if (result.kind === 'rows') {
        if (isRows(value)) cursors.push(value)
      } else if (result.name === undefined) members.push(`"value":${print(result, rawOf(value), plan)}`)
      else outs.push(`${JSON.stringify(result.name)}:${print(result, rawOf(value), plan)}`)
    })
    cursors.push(...results)
    const sets: { text: string; rows: number }[] = []
    for (const cursor of cursors) sets.push(await readCursor(cursor, plan, choices))
    const [first] = sets
    if (first && sets.length === 1) members.push(`"resource":${first.text}`)
    else if (sets.length > 1) members.push(`"resource":[${sets.map((set) => set.text).join(',')}]`)
    if (outs.length > 0) members.push(`"out":{${outs.join(',')}}`)
    if (members.length === 0) members.push('"resource":[]')
    const value = returns.kind === 'value' ? 1 : 0
    return { kind: 'text', text: `{${members.join(',')}}`, rows: sets.reduce((sum, set) => sum + set.rows, value) }
  })
}

function isRows(value: unknown): value is Rows {
  return typeof value === 'object' && value !== null && 'next' in value
}

function print({ typed, encoding, kind }: Returned, raw: Raw, { numbers }: CallPlan): string {
  if (raw === null) return 'null'
  const wide = numbers === 'string' && (typed.type === 'bigint' || typed.type === 'decimal')
  // What an OUT parameter of the driver's own type brings is printed by that; a LOB may be empty.
  const as = kind === 'clob' && encoding !== 'json' ? 'text' : wide ? 'number_string' : encoding
  return jsonEncoder({ name: '', encoding: as })(raw)
}

async function readCursor(cursor: Rows, plan: CallPlan, choices: TypeChoices): Promise<{ text: string; rows: number }> {
  const types = cursor.columns.map(({ type }) => cursorTypeOf(type, plan.numbers, choices))
  const columns = cursor.columns.map(({ name }, i) => ({ name, encoding: types[i]?.encoding ?? ('text' as const) }))
  const written = await writeRows({ format: 'json', columns, hidden: 0 }, plan.limit, async (row) => {
    for (let left = plan.limit; left > 0; ) {
      const wanted = Math.min(left, 500)
      const batch = await cursor.next(wanted)
      for (const values of batch) row(values.map((value, i) => types[i]?.raw(value) ?? null))
      left = batch.length < wanted ? 0 : left - wanted
    }
    await cursor.close()
  })
  return { text: stringOf(written.text), rows: written.rows }
}
