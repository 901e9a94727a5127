import { Failure, type JsonSchema, type JsonValue, parseJson } from '@gatehouse/core'

/** Makes a value for an input property of a text. What does not fit stays text, for the pipeline to refuse. */
export interface TextCoercion {
  read(text: string): JsonValue
  /** Joins what a repeated parameter brings; undefined where one may be given once only. */
  readonly join?: (first: JsonValue, next: JsonValue) => JsonValue
  /** In JSON 1 and 0 stand for true and false. */
  readonly flag?: true
}

const longestJson = 100

/** How texts become values of a property, by the types that its schema allows. */
export function coercionFor(schema: JsonSchema | undefined): TextCoercion {
  const types = typesOf(schema)
  const text = types.size === 0 || types.has('string')
  const structured = types.has('array') || types.has('object')
  const flags = types.has('boolean') && !types.has('integer') && !types.has('number')
  if (text) {
    const read = structured ? jsonOrText : asIs
    // The operation takes lists as text with commas too.
    return { read, ...(types.has('array') && { join: joinLists }), ...(flags && { flag: true }) }
  }
  if (types.has('array')) {
    const items = coercionFor(isSchema(schema?.items) ? schema.items : undefined)
    const read = (value: string): JsonValue =>
      looksStructured(value) ? json(value) : value === '' ? [] : value.split(',').map((item) => items.read(item.trim()))
    return { read, join: joinLists }
  }
  if (types.has('object')) return { read: json }
  if (types.has('boolean')) return flags ? { read: flag, flag: true } : { read: flagOrNumber }
  if (types.has('integer') || types.has('number')) return { read: number }
  return { read: asIs }
}

/** The JSON types that a schema allows; none: any. */
function typesOf(schema: JsonSchema | undefined): ReadonlySet<string> {
  const types = new Set<string>()
  if (!schema) return types
  const { type } = schema
  for (const name of Array.isArray(type) ? type : [type]) if (typeof name === 'string') types.add(name)
  for (const word of ['anyOf', 'oneOf'] as const) {
    const choices = schema[word]
    if (!Array.isArray(choices)) continue
    for (const choice of choices) if (isSchema(choice)) for (const name of typesOf(choice)) types.add(name)
  }
  return types
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function asIs(text: string): JsonValue {
  return text
}

function looksStructured(text: string): boolean {
  return text.startsWith('[') || text.startsWith('{')
}

function json(text: string): JsonValue {
  return looksStructured(text) ? parseJson(text, longestJson) : text
}

/** A text may begin with a bracket by itself, so what is not JSON is left as it is. */
function jsonOrText(text: string): JsonValue {
  if (!looksStructured(text)) return text
  try {
    return parseJson(text, longestJson)
  } catch (thrown) {
    // `[{"function":` was certainly meant as JSON: say where it breaks off.
    if (thrown instanceof Failure && text.startsWith('[{')) throw thrown
    return text
  }
}

const flagWords: Readonly<Record<string, boolean>> = {
  true: true,
  '1': true,
  yes: true,
  false: false,
  '0': false,
  no: false,
}

function flag(text: string): JsonValue {
  const word = text.length > 5 ? text : text.toLowerCase()
  return Object.hasOwn(flagWords, word) ? (flagWords[word] ?? text) : text
}

function number(text: string): JsonValue {
  if (text === '' || text.length > 15 || text.trim() !== text) return text
  const value = Number(text)
  return Number.isFinite(value) && !text.startsWith('0x') ? value : text
}

function flagOrNumber(text: string): JsonValue {
  const value = number(text)
  return typeof value === 'number' ? value : flag(text)
}

function joinLists(first: JsonValue, next: JsonValue): JsonValue {
  if (typeof first === 'string' && typeof next === 'string') return `${first},${next}`
  return [...(Array.isArray(first) ? first : [first]), ...(Array.isArray(next) ? next : [next])]
}
