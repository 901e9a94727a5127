import { ExactNumber, isJsonObject, type JsonObject, type JsonValue } from '@gatehouse/core'
import type { Redact } from './pipeline-ports.js'

/** How arguments and texts are written down. */
export interface Redaction {
  /** `printedFilter` stands in for a filter whose values must not be written. */
  arguments(input: JsonObject, printedFilter?: string): JsonObject
  /** True where a text names something redacted, so that its values must not be written. */
  mentions(text: string): boolean
}

const hidden = '[redacted]'
const longestText = 500
const mostItems = 20
const mostMembers = 100
const deepest = 6

/** Arguments that hold names only, never values. All others may quote one. */
const namesOnly = /^(?:.*\.)?(?:fields|order|group|group_by|related|id_field|table_name|procedure_name|function_name)$/
/** Arguments that hold the values which another argument's names go with. */
const valuesOnly = /^(?:params|ids|id|cursor)$/

/**
 * Writes arguments down as the rule says: values of redacted names nowhere, not in a filter or its parameters either;
 * long texts and lists cut.
 */
export function createRedaction(rule: readonly string[] | Redact): Redaction {
  const names = typeof rule === 'function' ? [] : rule
  const lower = new Set(names.map((name) => name.toLowerCase()))
  const redact: Redact =
    typeof rule === 'function' ? rule : (name, value) => (lower.has(name.toLowerCase()) ? hidden : value)
  const words = names.map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')
  const pattern = words === '' ? undefined : new RegExp(`(?<![\\p{L}\\p{N}_])(?:${words})(?![\\p{L}\\p{N}_])`, 'iu')
  const mentions = (text: string) => pattern?.test(text) ?? false
  const mentioned = (value: JsonValue | undefined): boolean =>
    typeof value === 'string' ? mentions(value) : Array.isArray(value) && value.slice(0, mostItems).some(mentioned)
  return {
    mentions,
    arguments(input, printedFilter) {
      let any = false
      if (pattern) for (const name in input) any ||= mentioned(input[name])
      const written: Record<string, JsonValue | undefined> = {}
      for (const name in input) {
        const value = input[name]
        if (value === undefined) continue
        if (any && name === 'filter' && mentioned(value)) written[name] = printedFilter ?? hidden
        else if (any && !namesOnly.test(name) && (valuesOnly.test(name) || mentioned(value))) written[name] = hidden
        else written[name] = write(name, value, redact, 0)
      }
      return written
    },
  }
}

function write(name: string, value: JsonValue, redact: Redact, depth: number): JsonValue {
  const allowed = redact(name, value)
  if (typeof allowed === 'string') return cut(allowed)
  if (typeof allowed !== 'object' || allowed === null) return allowed
  if (allowed instanceof ExactNumber) return allowed.text
  if (depth >= deepest) return '...'
  if (Array.isArray(allowed)) {
    const list: readonly JsonValue[] = allowed
    const items = list.slice(0, mostItems).map((item) => write(name, item, redact, depth + 1))
    return list.length > mostItems ? [...items, `... ${list.length - mostItems} more`] : items
  }
  return isJsonObject(allowed) ? writeObject(allowed, redact, depth) : null
}

function writeObject(object: JsonObject, redact: Redact, depth: number): JsonObject {
  const written: Record<string, JsonValue | undefined> = {}
  let members = 0
  // {"name":"ssn","value":"..."}: the form in which routines take their parameters.
  const named = typeof object.name === 'string' ? object.name : undefined
  for (const name in object) {
    const value = object[name]
    if (value === undefined) continue
    if (++members > mostMembers) break
    written[name] = write(name === 'value' && named !== undefined ? named : name, value, redact, depth + 1)
  }
  return written
}

function cut(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText)}... (${text.length} characters)`
}
