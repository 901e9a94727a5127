import { Failure } from './failure.js'
import { ExactNumber, type JsonValue } from './json.js'

/**
 * A number that may not survive `JSON.parse` (16 digits or more, or an exponent of three digits), or a text like one.
 * Spelled out, since the engine then looks at every few characters only, which it does not for `{16}`.
 */
const maybeExact = new RegExp(`${'[\\d.]'.repeat(16)}|[eE][+-]?\\d\\d\\d`)

/**
 * JSON text (RFC 8259) as a value. A number that a JavaScript number would round becomes an ExactNumber with the
 * digits as they were sent; all else is as `JSON.parse` has it.
 * Throws `invalid` with the position (`context.position`, from 0), line and column, and what was expected there; and
 * for arrays and objects nested deeper than `maxDepth`.
 */
export function parseJson(text: string, maxDepth = 100): JsonValue {
  if (maybeExact.test(text)) return new JsonReader(text, maxDepth).read()
  let value: JsonValue
  try {
    value = JSON.parse(text) as JsonValue
  } catch {
    // The engine's message differs from version to version and quotes the text: ours has the position.
    return new JsonReader(text, maxDepth).read()
  }
  if (opens(text, '{') + opens(text, '[') > maxDepth && deeperThan(value, maxDepth)) throw tooDeep(maxDepth)
  return value
}

/** How many brackets open, also within texts: nothing is nested deeper. Cheaper than a look at the value. */
function opens(text: string, bracket: '{' | '['): number {
  let count = 0
  for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) count++
  return count
}

function deeperThan(value: JsonValue, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (depth === 0) return true
  const members: readonly JsonValue[] = Array.isArray(value) ? value : Object.values(value)
  for (const member of members) {
    if (typeof member === 'object' && deeperThan(member, depth - 1)) return true
  }
  return false
}

function tooDeep(maxDepth: number): Failure {
  return new Failure('invalid', `The JSON is nested more than ${maxDepth} levels deep`)
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}
const numberAt = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const spaceAt = /[ \t\n\r]*/y
const unicodeAt = /[\da-fA-F]{4}/y

/** A recursive descent over one text. Slower than the engine's own; run only where that one would not do. */
class JsonReader {
  readonly #text: string
  readonly #maxDepth: number
  #at = 0

  constructor(text: string, maxDepth: number) {
    this.#text = text
    this.#maxDepth = maxDepth
  }

  read(): JsonValue {
    const value = this.#value(0)
    if (this.#at < this.#text.length) throw this.#expected('the end')
    return value
  }

  #value(depth: number): JsonValue {
    this.#take(spaceAt)
    const value = this.#bare(depth)
    this.#take(spaceAt)
    return value
  }

  #bare(depth: number): JsonValue {
    const first = this.#text[this.#at]
    if (first === '{' || first === '[') {
      if (depth >= this.#maxDepth) throw tooDeep(this.#maxDepth)
      this.#at++
      return first === '{' ? this.#object(depth + 1) : this.#array(depth + 1)
    }
    if (first === '"') return this.#string()
    if (this.#word('true')) return true
    if (this.#word('false')) return false
    if (this.#word('null')) return null
    const number = this.#take(numberAt)
    if (number === '') throw this.#expected('a value')
    return toNumber(number)
  }

  #object(depth: number): JsonValue {
    const members: Record<string, JsonValue> = {}
    this.#take(spaceAt)
    if (this.#word('}')) return members
    do {
      this.#take(spaceAt)
      if (this.#text[this.#at] !== '"') throw this.#expected('a name in double quotes')
      const name = this.#string()
      this.#take(spaceAt)
      if (!this.#word(':')) throw this.#expected('`:`')
      const value = this.#value(depth)
      // As JSON.parse does: an own member of that name, never the prototype.
      if (name === '__proto__') {
        Object.defineProperty(members, name, { value, writable: true, enumerable: true, configurable: true })
      } else members[name] = value
    } while (this.#word(','))
    if (!this.#word('}')) throw this.#expected('`,` or `}`')
    return members
  }

  #array(depth: number): JsonValue {
    const items: JsonValue[] = []
    this.#take(spaceAt)
    if (this.#word(']')) return items
    do items.push(this.#value(depth))
    while (this.#word(','))
    if (!this.#word(']')) throw this.#expected('`,` or `]`')
    return items
  }

  #string(): string {
    this.#at++
    let text = ''
    for (;;) {
      text += this.#plainText()
      const next = this.#text[this.#at]
      if (next === '"') {
        this.#at++
        return text
      }
      if (next !== '\\') throw this.#expected(next === undefined ? 'the closing quote' : 'no bare control character')
      this.#at++
      text += this.#escape()
    }
  }

  /** Up to a quote, a backslash or a control character. */
  #plainText(): string {
    const start = this.#at
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (!(code >= 0x20) || code === 0x22 || code === 0x5c) return this.#text.slice(start, this.#at)
      this.#at++
    }
  }

  #escape(): string {
    const letter = this.#text[this.#at] ?? ''
    if (letter === 'u') {
      this.#at++
      const code = this.#take(unicodeAt)
      if (code === '') throw this.#expected('four hexadecimal digits')
      return String.fromCharCode(Number.parseInt(code, 16))
    }
    const plain = escapes[letter]
    if (plain === undefined || letter === '') throw this.#expected('an escape: one of " \\ / b f n r t u')
    this.#at++
    return plain
  }

  #word(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false
    this.#at += word.length
    return true
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }

  #expected(what: string): Failure {
    const before = this.#text.slice(0, this.#at)
    const line = before.split('\n').length
    const column = this.#at - before.lastIndexOf('\n')
    return new Failure('invalid', `The JSON is malformed at line ${line}, column ${column}: expected ${what}`, {
      context: { position: this.#at, line, column, expected: what },
    })
  }
}

function toNumber(text: string): number | ExactNumber {
  const number = Number(text)
  if (Number.isFinite(number) && significand(String(number)) === significand(text)) return number
  return new ExactNumber(text)
}

/** Significant digits and the power of ten of the last one: equal for equal numbers however they are written. */
function significand(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().replace(/^-/, '').split('e')
  return digitsOf(mantissa, Number(exponent))
}

function digitsOf(mantissa: string, exponent: number): string {
  const point = mantissa.indexOf('.')
  const digits = mantissa.replace('.', '').replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  const decimals = point < 0 ? 0 : mantissa.length - point - 1
  return `${significant}e${exponent - decimals + digits.length - significant.length}`
}
