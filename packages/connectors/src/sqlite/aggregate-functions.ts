import type Sqlite from 'better-sqlite3'
import type { Raw } from '../sql/driver.js'
import { plainText } from '../sql/encode.js'
import { addDecimals, type Decimal, decimalKey, divideDecimal, parseDecimal, printDecimal } from './decimal.js'
import { functions } from './function-names.js'

interface Sum {
  readonly total: Decimal
  readonly count: bigint
}
interface Extreme {
  readonly key: string
  readonly text: string
}
/** Welford's running mean and sum of squared distances, which stay exact where a sum of squares would not. */
interface Spread {
  readonly count: number
  readonly mean: number
  readonly squares: number
}

const nothing: Sum = { total: { digits: 0n, scale: 0 }, count: 0n }
const none: Extreme | undefined = undefined
/** Digits of an average beyond those of its values, as other databases have. */
const averageDigits = 16

/** Aggregates that SQLite lacks. NULLs do not count; of no rows the result is NULL. */
export function registerAggregates(db: Sqlite.Database): void {
  define(db, functions.decimalSum, nothing, addTo, (sum) => (sum.count === 0n ? null : printDecimal(sum.total)))
  define(db, functions.decimalAvg, nothing, addTo, ({ total, count }) =>
    count === 0n ? null : printDecimal(divideDecimal(total, count, Math.max(total.scale, averageDigits))),
  )
  define(
    db,
    functions.decimalMin,
    none,
    better((a, b) => a < b),
    (best) => best?.text ?? null,
  )
  define(
    db,
    functions.decimalMax,
    none,
    better((a, b) => a > b),
    (best) => best?.text ?? null,
  )
  define(db, functions.stddev, { count: 0, mean: 0, squares: 0 }, widen, ({ count, squares }) =>
    count < 2 ? null : Math.sqrt(squares / (count - 1)),
  )
}

/** The driver's types know an aggregate only of values of its own state's type, hence the casts. */
function define<T>(
  db: Sqlite.Database,
  name: string,
  start: T,
  step: (state: T, value: NonNullable<Raw>) => T,
  result: (state: T) => Raw,
): void {
  db.aggregate<unknown>(name, {
    start,
    deterministic: true,
    step: (state, value) => (value === null ? state : step(state as T, value as NonNullable<Raw>)),
    result: (state) => result(state as T),
  })
}

function addTo(sum: Sum, raw: NonNullable<Raw>): Sum {
  const value = parseDecimal(plainText(raw))
  return value ? { total: addDecimals(sum.total, value), count: sum.count + 1n } : sum
}

function better(wins: (a: string, b: string) => boolean) {
  return (best: Extreme | undefined, raw: NonNullable<Raw>): Extreme => {
    const text = plainText(raw)
    const key = decimalKey(text)
    return best === undefined || wins(key, best.key) ? { key, text } : best
  }
}

function widen(spread: Spread, raw: NonNullable<Raw>): Spread {
  const value = Number(plainText(raw))
  const count = spread.count + 1
  const distance = value - spread.mean
  const mean = spread.mean + distance / count
  return { count, mean, squares: spread.squares + distance * (value - mean) }
}
