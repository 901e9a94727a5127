import { createHash } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import type { Raw } from '../sql/driver.js'
import { type Encode, jsonEncoder, plainText } from '../sql/encode.js'
import type { Encoding } from '../sql/row-shape.js'
import { registerAggregates } from './aggregate-functions.js'
import { decimalKey } from './decimal.js'
import { functions } from './function-names.js'
import { likeMatcher } from './patterns.js'

/** The functions that the dialect's SQL calls. All are pure; NULL gives NULL. */
export function registerFunctions(db: Sqlite.Database): void {
  const define = (name: string, run: (...values: NonNullable<Raw>[]) => Raw) => {
    db.function(name, { deterministic: true, varargs: false }, fixedArity(run))
  }
  define(functions.print, (value, encoding, scale) => encoderOf(String(encoding), Number(scale))(value))
  define(functions.decimalKey, (value) => decimalKey(plainText(value)))
  define(functions.ilike, (value, pattern) => asTruth(ilike(plainText(pattern))(plainText(value).toLowerCase())))
  define(functions.contains, (value, part) => asTruth(plainText(value).toLowerCase().includes(plainText(part))))
  define(functions.startsWith, (value, part) => asTruth(plainText(value).toLowerCase().startsWith(plainText(part))))
  define(functions.endsWith, (value, part) => asTruth(plainText(value).toLowerCase().endsWith(plainText(part))))
  define(functions.regexp, (value, pattern) => asTruth(regexpOf(plainText(pattern)).test(plainText(value))))
  define(functions.hash, (key, value) =>
    createHash('sha256').update(plainText(key)).update(plainText(value)).digest('hex'),
  )
  registerAggregates(db)
}

/** The driver takes a function's number of arguments from its declaration, and NULLs are answered here once for all. */
function fixedArity(run: (...values: NonNullable<Raw>[]) => Raw): (...values: Raw[]) => Raw {
  switch (run.length) {
    case 1:
      return (a) => (isNull(a) ? null : run(a))
    case 2:
      return (a, b) => (isNull(a) || isNull(b) ? null : run(a, b))
    default:
      return (a, b, c) => (isNull(a) || isNull(b) || isNull(c) ? null : run(a, b, c))
  }
}

function isNull(value: Raw | undefined): value is null | undefined {
  return value === null || value === undefined
}

/** As SQLite's own operators answer. */
function asTruth(value: boolean): bigint {
  return value ? 1n : 0n
}

/** Keeps what is made of the last few keys: one statement asks for the same ones row by row. */
function remembered<T>(make: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found
    if (known.size > 100) known.clear()
    const made = make(key)
    known.set(key, made)
    return made
  }
}

const ilike = remembered((pattern) => likeMatcher(pattern.toLowerCase()))

const encoders = remembered((key): Encode => {
  const [encoding = 'text', scale = '-1'] = key.split(' ')
  return jsonEncoder({
    name: '',
    encoding: encoding as Encoding,
    ...(Number(scale) < 0 ? {} : { scale: Number(scale) }),
  })
})

function encoderOf(encoding: string, scale: number): Encode {
  return encoders(`${encoding} ${scale}`)
}

/** Longer ones are not worth the risk of patterns that take exponential time; the statement's deadline ends those. */
const maxRegexp = 1000

const regexpOf = remembered((pattern) => {
  if (pattern.length > maxRegexp) throw new RegexpError(`A regular expression has at most ${maxRegexp} characters`)
  try {
    return new RegExp(pattern, 'u')
  } catch (error) {
    throw new RegexpError(error instanceof Error ? error.message : 'not a regular expression')
  }
})

class RegexpError extends Error {
  readonly code = 'REGEXP'
}
