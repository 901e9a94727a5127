import { Failure, type JsonValue, parseJson } from '@gatehouse/core'

/** Readers of validated input: the schema said what a property is, these say it to the compiler. */

export function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Absent is false. Texts are those of a query string. */
export function flagOf(value: JsonValue | undefined): boolean {
  if (value === undefined || value === false || value === null) return false
  return value === true || value === 1 || value === 'true' || value === '1' || value === 'yes'
}

export function wholeOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** A list of texts, or one text with commas, where commas inside quotes and brackets do not count. */
export function listOf(value: JsonValue | undefined, name: string): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') {
    const array = arrayIn(value)
    return array ? listOf(array, name) : splitList(value)
  }
  if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) return value
  throw new Failure('invalid', `\`${name}\` takes names, in an array or with commas between them`)
}

/** An id may be a list, and an aggregate an object. */
const deepestList = 4

/** The array that a text in JSON holds: in a query string, or from a model that quotes its lists. */
export function arrayIn(text: string): readonly JsonValue[] | undefined {
  if (!text.startsWith('[') || !text.endsWith(']')) return undefined
  try {
    const parsed = parseJson(text, deepestList)
    return Array.isArray(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

/** `a, "b,c", sum(d)` as its three parts, without white space around them. */
export function splitList(text: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let quote = ''
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? ''
    if (quote !== '') {
      if (c === quote) quote = ''
    } else if (c === '"' || c === '`') quote = c
    else if (c === '(') depth++
    else if (c === ')') depth--
    else if (c === ',' && depth <= 0) {
      parts.push(text.slice(start, i).trim())
      start = i + 1
    }
  }
  parts.push(text.slice(start).trim())
  return parts.filter((part) => part !== '')
}

/** A name without the quotes around it. */
export function unquoted(name: string): string {
  const first = name[0]
  return name.length > 1 && (first === '"' || first === '`') && name.endsWith(first) ? name.slice(1, -1) : name
}

/** The values of `:name`, by their names without the colon. */
export function paramsOf(value: JsonValue | undefined): Readonly<Record<string, JsonValue | undefined>> | undefined {
  if (value === undefined || value === null || typeof value !== 'object' || Array.isArray(value)) return undefined
  const entries = Object.entries(value)
  if (entries.length === 0) return undefined
  return Object.fromEntries(entries.map(([name, v]) => [name.startsWith(':') ? name.slice(1) : name, v]))
}
