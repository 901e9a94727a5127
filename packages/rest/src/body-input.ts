import { Failure, isJsonObject, type JsonObject, type JsonValue } from '@gatehouse/core'
import type { InputDraft, InputReader } from './input-reader.js'

/**
 * Puts a JSON body into the input, by the operation's rule:
 * - `*`, or a read that was tunnelled: an object, whose members are parameters,
 * - else the named property; where that holds records, an array is the records, `{"resource": [...], ...}` is records
 *   and parameters, an object of nothing but parameters is those, and any other object is the one record.
 * Throws `invalid` for a body where none is taken.
 */
export function takeBody(draft: InputDraft, body: JsonValue | undefined, tunnelledRead: boolean): void {
  if (body === undefined) return
  const property = draft.reader.operation.http.body
  if (tunnelledRead || property === '*' || property === undefined) takeParameters(draft, body)
  else if (!isJsonObject(body)) draft.set(property, body)
  else if (isWrapper(body)) {
    const { resource, ...parameters } = body
    draft.set(property, resource ?? null)
    takeParameters(draft, parameters)
  } else if (isParameters(draft.reader, body, property)) takeParameters(draft, body)
  else draft.set(property, body)
}

function takeParameters(draft: InputDraft, body: JsonValue): void {
  if (!isJsonObject(body)) {
    throw new Failure('invalid', 'The body must be a JSON object', { hint: 'Its members are the parameters' })
  }
  for (const name of Object.keys(body)) draft.member(name, body[name])
}

/** A table may have a column named `resource`, but hardly one that holds records. */
function isWrapper(body: JsonObject): boolean {
  return Object.hasOwn(body, 'resource') && isNested(body.resource)
}

/** Where the operation cannot do without the property, an object without it is the property's own value. */
function isParameters(reader: InputReader, body: JsonObject, property: string): boolean {
  const names = Object.keys(body)
  if (names.length === 0) return false
  let brings = false
  for (const name of names) {
    const slot = reader.slots.get(name)
    if (!slot || (slot.property === property && !isNested(body[name]))) return false
    brings ||= slot.property === property
  }
  return brings || !reader.operation.input.required?.includes(property)
}

function isNested(value: JsonValue | undefined): boolean {
  return Array.isArray(value) || isJsonObject(value)
}
