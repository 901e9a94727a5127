import type { RawRows, ShapedStatement, Statement, WrittenRows } from '../sql/driver.js'
import { ask, type Limits } from './asking.js'
import type { Answer, WorkerProcess } from './worker-process.js'
import { fromWire, type StatementRequest, toWire } from './worker-protocol.js'

/** Statements by number. Calls of one shape share one statement object, so the number travels instead of the text. */
export type NumberOf = (statement: Statement) => number

export function numberStatements(): NumberOf {
  const numbers = new WeakMap<Statement, number>()
  let made = 0
  return (statement) => {
    // Without a name it is not worth keeping: its shape was asked for once.
    if (statement.name === undefined) return 0
    const known = numbers.get(statement)
    if (known !== undefined) return known
    numbers.set(statement, ++made)
    return made
  }
}

/** A statement to be run, before it is made a request. */
export interface Run {
  readonly kind: StatementRequest['kind']
  readonly statement: Statement | ShapedStatement
  readonly values: readonly unknown[]
  readonly limit: number
  readonly begin?: 'BEGIN' | 'BEGIN IMMEDIATE'
  readonly inside?: boolean
}

/** Runs a statement; text and shape are sent along where the worker does not have them. */
export async function askStatement(
  worker: WorkerProcess,
  numberOf: NumberOf,
  run: Run,
  limits: Limits,
): Promise<Answer> {
  const number = numberOf(run.statement)
  const request = {
    kind: run.kind,
    statement: number,
    values: run.values.map(toWire),
    limit: Math.min(run.limit, Number.MAX_SAFE_INTEGER),
    ...(run.begin === undefined ? {} : { begin: run.begin }),
    ...(run.inside === undefined ? {} : { inside: run.inside }),
  }
  if (number > 0 && worker.known.has(number)) {
    const answer = await ask(worker, request, limits)
    if (!answer.reply.unknown) return answer
  }
  const shape = 'shape' in run.statement ? { shape: run.statement.shape } : {}
  const answer = await ask(worker, { ...request, text: run.statement.text, ...shape }, limits)
  if (number > 0) worker.known.add(number)
  return answer
}

export function writtenRows({ reply, text }: Answer): WrittenRows {
  const written = { text, rows: reply.rows ?? 0, more: reply.more ?? false }
  return reply.last ? { ...written, last: reply.last.map(fromWire) } : written
}

export function rawRows({ reply }: Answer): RawRows {
  return { rows: (reply.raw ?? []).map((row) => row.map(fromWire)), affected: reply.affected ?? 0 }
}
