import { Failure } from '@gatehouse/core'
import type { ErrorRule } from '../sql/error-rule.js'
import { driverRules, errorRules } from './error-rules.js'
import { lobGuard } from './output.js'

/** The columns of a key or the name of a rule, where they are known: learnt from the catalog. `SHOP.CUSTOMERS_EMAIL` */
export type KeyColumns = (constraint: string) => readonly string[] | undefined

export interface ErrorContext {
  readonly text?: string
  readonly keyColumns?: KeyColumns
}

/**
 * What the server or the driver threw, as a failure. Nothing of the server's text gets into it but names of columns
 * and of rules, cut out by pattern: its messages may quote values.
 */
export function toOracleFailure(thrown: unknown, context: ErrorContext = {}): Failure {
  if (thrown instanceof Failure) return thrown
  const { number, code, message } = oracleError(thrown)
  const cause = number === undefined ? thrown : new ServerRefusal(number, message, context.text)
  if (number !== undefined && number >= 20_000 && number < 21_000) {
    return new Failure('unprocessable', 'The database refused the change by a rule of its own', { cause })
  }
  if (number === 1476 && context.text?.includes(lobGuard)) {
    return new Failure('too_large', 'A value is too long to be sent inside a record', {
      hint: 'Leave its column out by `fields`',
      cause,
    })
  }
  const rule = (number === undefined ? undefined : errorRules.get(number)) ?? driverRules.get(code)
  if (!rule) return new Failure('internal', 'The database could not run the statement', { cause })
  return new Failure(rule.code, rule.message, { ...detailsOf(rule, number, message, context), cause })
}

function detailsOf(rule: ErrorRule, number: number | undefined, message: string, { keyColumns }: ErrorContext) {
  const retry = rule.retryAfter === undefined ? {} : { retryAfter: rule.retryAfter }
  const constraint = constraintOf(number, message)
  if (constraint !== undefined) {
    if (number === 2290)
      return { ...retry, hint: `The rule is called ${constraint.slice(constraint.indexOf('.') + 1)}` }
    const columns = keyColumns?.(constraint)
    const label = number === 1 ? 'Must be unique' : number === 2291 ? 'Refers by' : undefined
    if (columns && columns.length > 0 && label) {
      return { ...retry, hint: `${label}: ${columns.join(', ')}`, context: { columns: [...columns] } }
    }
    return retry
  }
  const column = columnOf(number, message)
  const hint = rule.hint ?? (column && `${rule.named ?? 'Column'}: ${column}`)
  return {
    ...retry,
    ...(hint === undefined ? {} : { hint }),
    ...(column === undefined ? {} : { context: { columns: [column] } }),
  }
}

/** The server's number; that of the first error where several are told. The driver puts it into what it throws. */
function oracleError(thrown: unknown): { number: number | undefined; code: string; message: string } {
  if (!(thrown instanceof Error)) return { number: undefined, code: '', message: String(thrown) }
  const told = 'errorNum' in thrown && typeof thrown.errorNum === 'number' ? thrown.errorNum : 0
  const code =
    'code' in thrown && typeof thrown.code === 'string' ? thrown.code : (/^[A-Z]+-\d+/.exec(thrown.message)?.[0] ?? '')
  const server = /^ORA-(\d+)/.exec(code) ?? /^ORA-(\d+)/.exec(thrown.message)
  const number = server
    ? Number(server[1])
    : code.startsWith('NJS') || code.startsWith('DPI') || told === 0
      ? undefined
      : told
  return { number, code, message: thrown.message }
}

/** Thrown by the driver, for the server or for itself. */
export function isOracleError(thrown: unknown): thrown is Error {
  return thrown instanceof Error && !(thrown instanceof Failure) && oracleError(thrown).code !== ''
}

/** Whether the connection is gone with which this was thrown. */
export function isLost(failure: Failure): boolean {
  return failure.code === 'unavailable' && failure.message === lostMessage
}
const lostMessage = driverRules.get('NJS-500')?.message

/** Of these the server's message quotes values, which are for no log. */
const quoting = new Set([1, 1722, 1830, 1843, 1858, 1861, 6502, 6550, 12899, 40441])

/** What the log gets: the statement, which holds no values, and the message where that holds none either. */
class ServerRefusal extends Error {
  readonly statement?: string
  constructor(number: number, message: string, statement: string | undefined) {
    const quotes = quoting.has(number) || (number >= 20_000 && number < 21_000)
    super(quotes ? `ORA-${String(number).padStart(5, '0')}` : message)
    if (statement !== undefined) this.statement = statement
  }
}

/** ORA-00001: unique constraint (SHOP.CUSTOMERS_EMAIL) violated, and since 23 more behind it. */
function constraintOf(number: number | undefined, message: string): string | undefined {
  if (number !== 1 && number !== 2290 && number !== 2291 && number !== 2292) return undefined
  return /^ORA-\d+: (?:unique|check|integrity) constraint \(([^()\s]+\.[^()\s]+)\) violated/.exec(message)?.[1]
}

/** ORA-01400: cannot insert NULL into ("SHOP"."CUSTOMERS"."NAME"). Names stand before any value. */
function columnOf(number: number | undefined, message: string): string | undefined {
  const column = /"[^"]*"\."[^"]*"\."([^"]*)"/.exec(message)?.[1]
  return number === 1400 || number === 1407 || number === 12899 ? column : undefined
}
