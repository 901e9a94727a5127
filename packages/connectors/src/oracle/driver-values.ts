import type { Raw } from '../sql/driver.js'
import type { Encoding } from '../sql/row-shape.js'
import type { TypeChoices } from './native-type.js'
import { rawOf } from './raw-row.js'

/** How the values of a cursor's column are printed, where no statement of ours says it: by the driver's own type. */
export interface CursorType {
  readonly encoding: Encoding
  raw(value: unknown): Raw
}

export function cursorTypeOf(type: string, numbers: 'number' | 'string', choices: TypeChoices): CursorType {
  switch (type) {
    case 'NUMBER':
      return { encoding: numbers === 'string' ? 'number_string' : 'number', raw: rawOf }
    case 'BINARY_INTEGER':
    case 'BINARY_DOUBLE':
    case 'BINARY_FLOAT':
      return { encoding: 'number', raw: rawOf }
    case 'BOOLEAN':
      return { encoding: 'boolean', raw: rawOf }
    case 'DATE':
      if (choices.date === 'date') return { encoding: 'date', raw: (value) => localTime(value)?.slice(0, 10) ?? null }
      return { encoding: 'datetime', raw: (value) => localTime(value) }
    case 'TIMESTAMP':
      return { encoding: 'datetime', raw: (value) => localTime(value) }
    case 'TIMESTAMP WITH TIME ZONE':
    case 'TIMESTAMP WITH LOCAL TIME ZONE':
      return { encoding: 'datetimetz', raw: (value) => (value instanceof Date ? value.toISOString() : rawOf(value)) }
    case 'RAW':
    case 'LONG RAW':
    case 'BLOB':
      return { encoding: 'binary', raw: rawOf }
    case 'JSON':
      return { encoding: 'json', raw: (value) => (value === null ? null : JSON.stringify(value)) }
    case 'INTERVAL DAY TO SECOND':
    case 'INTERVAL YEAR TO MONTH':
    case 'OBJECT':
    case 'VECTOR':
      return { encoding: 'json', raw: (value) => (value === null ? null : JSON.stringify(value)) }
    default:
      return { encoding: 'text', raw: rawOf }
  }
}

/** The driver makes a Date of a time without a zone, whose local fields are what the database holds. */
function localTime(value: unknown): string | null {
  if (!(value instanceof Date)) return null
  const two = (n: number, width = 2) => String(n).padStart(width, '0')
  const date = `${two(value.getFullYear(), 4)}-${two(value.getMonth() + 1)}-${two(value.getDate())}`
  const time = `${two(value.getHours())}:${two(value.getMinutes())}:${two(value.getSeconds())}`
  return `${date}T${time}.${two(value.getMilliseconds(), 3)}`
}

/** The fewest digits that make the same number of four bytes. */
export function shortestSingle(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return Number(value.toPrecision(9))
}
