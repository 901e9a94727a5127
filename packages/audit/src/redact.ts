import { ExactNumber, isJsonObject, type JsonObject, type JsonValue } from '@gatehouse/core'
import { redacted, redactFilter } from './redact-filter.js'
import { type RedactedNames, redactedNames } from './redacted-names.js'

export interface Redacted {
  readonly arguments: JsonObject
  /** The values that were taken out, as text, so that they can be taken out of a failure's message too. */
  readonly values: readonly string[]
}

const mostCharacters = 500
const mostRecords = 3
const mostItems = 20
const mostMembers = 60
const deepest = 6
/** Of one event's arguments altogether. */
const mostText = 8_000

/**
 * Makes arguments fit to be written down: values of the listed names are `[redacted]`, at any depth, in
 * `{"name": ..., "value": ...}` pairs, in filters and in the parameters of filters; cursors too, since they carry
 * values of columns. Long texts, long lists and deep nesting are cut, with a word on how much is left out.
 *
 * What has no name cannot be found: values given to a routine by position, and values of a redacted key column in a
 * path (`/_table/people/123`).
 */
export function createRedactor(names: readonly string[]): (input: JsonObject) => Redacted {
  const known = redactedNames(names)
  return (input) => {
    const copy = new Copy(known)
    return { arguments: copy.object(input, 0), values: copy.values }
  }
}

/** One pass over one call's arguments. */
class Copy {
  readonly values: string[] = []
  readonly #names: RedactedNames
  #left = mostText

  constructor(names: RedactedNames) {
    this.#names = names
  }

  object(source: JsonObject, depth: number): JsonObject {
    const names = Object.keys(source)
    const hidden = this.#names.none ? undefined : this.#hiddenMembers(source)
    const most = shownOf(names.length, mostMembers)
    // Mostly nothing is taken out, and then the object itself is what can be written down.
    let copy: Record<string, JsonValue> | undefined
    let shown = 0
    for (; shown < most && this.#left > 0; shown++) {
      const name = names[shown] ?? ''
      const value = source[name]
      if (value === undefined) continue
      this.#left -= name.length
      const ownName = this.#cut(name)
      const own = this.#member(name, value, hidden, depth)
      if (!copy && (own !== value || ownName !== name)) copy = firstOf(source, names, shown)
      if (copy) set(copy, ownName, own)
    }
    if (shown === names.length) return copy ?? source
    copy ??= firstOf(source, names, shown)
    copy['...'] = `${names.length - shown} more`
    return copy
  }

  #member(name: string, value: JsonValue, hidden: Hidden | undefined, depth: number): JsonValue {
    if (this.#names.none || value === null) return this.#value(value, depth)
    if (name === 'cursor' || this.#names.has(name) || hidden?.members.has(name)) return this.#hide(value)
    const filter = hidden?.filters.get(name)
    if (filter !== undefined) return this.#cut(filter)
    if (Array.isArray(value) && !holdsNames(name)) return this.#list(value, depth, (text) => this.#filterText(text))
    if (name === 'params' && hidden && isJsonObject(value)) {
      const params: Record<string, JsonValue | undefined> = {}
      for (const key of Object.keys(value))
        set(params, key, hidden.params.has(key) ? this.#hide(value[key]) : value[key])
      return this.object(params, depth + 1)
    }
    return this.#value(value, depth)
  }

  /** Members of one object that others of its members tell to hide; undefined where there are none. */
  #hiddenMembers(source: JsonObject): Hidden | undefined {
    let found: Hidden | undefined
    const hidden = () => {
      found ??= { members: new Set(), filters: new Map(), params: new Set() }
      return found
    }
    const { name: pair } = source
    const key = source.id_field ?? source.idField
    if (typeof pair === 'string' && 'value' in source && this.#names.has(pair)) hidden().members.add('value')
    if (
      key !== undefined &&
      String(key)
        .split(',')
        .some((name) => this.#names.has(name.trim()))
    ) {
      hidden().members.add('ids').add('id')
    }
    for (const name in source) {
      const value = source[name]
      if (typeof value !== 'string' || holdsNames(name)) continue
      const filter = redactFilter(value, this.#names)
      if (!filter) continue
      hidden().filters.set(name, filter.text)
      this.values.push(...filter.values)
      for (const param of filter.params) hidden().params.add(param)
      if (filter.params.size > 0 && !isJsonObject(source.params)) hidden().members.add('params')
    }
    return found
  }

  #value(value: JsonValue, depth: number): JsonValue {
    if (typeof value === 'string') return this.#cut(value)
    if (value instanceof ExactNumber) return this.#cut(value.text)
    if (typeof value !== 'object' || value === null) {
      this.#left -= 8
      return value
    }
    if (depth >= deepest) return '...'
    return isJsonObject(value) ? this.object(value, depth + 1) : this.#list(value, depth, (text) => text)
  }

  #list(list: JsonValue, depth: number, text: (item: string) => string): JsonValue {
    if (depth >= deepest) return '...'
    const items: readonly JsonValue[] = Array.isArray(list) ? list : []
    const most = isJsonObject(items[0]) ? mostRecords : mostItems
    const shown: JsonValue[] = []
    let same = true
    for (const item of items.slice(0, shownOf(items.length, most))) {
      if (this.#left <= 0) break
      const own = this.#value(typeof item === 'string' ? text(item) : item, depth + 1)
      if (own !== item) same = false
      shown.push(own)
    }
    if (shown.length < items.length) return [...shown, `... ${items.length - shown.length} more`]
    return same ? list : shown
  }

  #filterText(text: string): string {
    const filter = redactFilter(text, this.#names)
    this.values.push(...(filter?.values ?? []))
    return filter?.text ?? text
  }

  #hide(value: JsonValue | undefined): string {
    if (typeof value === 'string' || typeof value === 'number') this.values.push(String(value))
    else if (value instanceof ExactNumber) this.values.push(value.text)
    else if (Array.isArray(value)) for (const item of value.slice(0, mostItems)) this.#hide(item)
    return redacted
  }

  #cut(text: string): string {
    const most = Math.min(mostCharacters, Math.max(this.#left, 0))
    this.#left -= Math.min(text.length, most)
    // A text that was cut before is not cut again.
    return text.length <= most + 30 ? text : `${text.slice(0, most)}... (${text.length} characters)`
  }
}

/** Of a list that has one item more than may be shown, all are: the note on the rest would take its place. */
function shownOf(length: number, most: number): number {
  return length <= most + 1 ? length : most
}

interface Hidden {
  readonly members: Set<string>
  readonly filters: Map<string, string>
  readonly params: Set<string>
}

/** The first members as they are. */
function firstOf(source: JsonObject, names: readonly string[], count: number): Record<string, JsonValue> {
  const copy: Record<string, JsonValue> = {}
  for (const name of names.slice(0, count)) {
    const value = source[name]
    if (value !== undefined) set(copy, name, value)
  }
  return copy
}

/** A member named `__proto__` is a member like any other. */
function set<T>(object: Record<string, T>, name: string, value: T): void {
  if (name !== '__proto__') object[name] = value
  else Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true })
}

/**
 * Arguments that list names and never values. Every other text is read as a filter is, whatever it is called: the
 * argument may be misspelt, and its call was refused for that.
 */
function holdsNames(name: string): boolean {
  return namesOnly.test(name)
}

const namesOnly = /^(?:.*\.)?(?:fields|select|order|order_?by|sort|group|group_?by|related|id_?field)$/i

/** Takes redacted values out of a failure's message: alone, or as part of what it quotes. */
export function redactText(text: string, values: readonly string[]): string {
  const secrets = values.filter((value) => value !== '' && value !== redacted)
  if (secrets.length === 0) return text
  const quotes = text.replaceAll(/`[^`]*`|"[^"]*"|'[^']*'/g, (quoted) => {
    const inner = quoted.slice(1, -1).replaceAll(/^['"`]|['"`]$/g, '')
    const tells = inner !== '' && secrets.some((secret) => secret.includes(inner) || inner.includes(secret))
    return tells ? `${quoted[0]}${redacted}${quoted[0]}` : quoted
  })
  return secrets
    .filter((secret) => secret.length > 2)
    .reduce((result, secret) => result.replaceAll(secret, redacted), quotes)
}
