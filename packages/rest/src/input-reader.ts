import { Failure, type JsonObject, type JsonValue, type Operation } from '@gatehouse/core'
import { coercionFor, type TextCoercion } from './coerce-text.js'

interface Slot extends TextCoercion {
  readonly property: string
}

/** How one operation's input is put together from names and values of the wire. Made once for an operation. */
export interface InputReader {
  readonly operation: Operation
  /** By property and by alias. */
  readonly slots: ReadonlyMap<string, Slot>
  has(property: string): boolean
}

const readers = new WeakMap<Operation, InputReader>()

export function readerOf(operation: Operation): InputReader {
  let reader = readers.get(operation)
  if (!reader) {
    const { properties } = operation.input
    const slots = new Map<string, Slot>()
    for (const [property, schema] of Object.entries(properties))
      slots.set(property, { property, ...coercionFor(schema) })
    for (const [alias, property] of Object.entries(operation.aliases)) {
      const slot = slots.get(property)
      if (slot && !slots.has(alias)) slots.set(alias, slot)
    }
    reader = { operation, slots, has: (property) => Object.hasOwn(properties, property) }
    readers.set(operation, reader)
  }
  return reader
}

/** The input of one request while it is put together. Each property is said once, in the path, query or body. */
export class InputDraft {
  readonly reader: InputReader
  readonly #values: Record<string, JsonValue | undefined> = {}

  constructor(reader: InputReader) {
    this.reader = reader
  }

  get input(): JsonObject {
    return this.#values
  }

  has(property: string): boolean {
    return Object.hasOwn(this.#values, property)
  }

  /** A value as it is, under the property's own name. Throws `invalid` when there is one already. */
  set(property: string, value: JsonValue): void {
    if (property === '__proto__') throw new Failure('invalid', 'There is no parameter `__proto__`')
    if (this.has(property)) throw twice(property)
    this.#values[property] = value
  }

  /** A text of the path or the query. What the operation does not know is kept for the pipeline to refuse. */
  text(name: string, text: string | undefined): void {
    const slot = this.reader.slots.get(name)
    // `?include_count` alone is as `?include_count=true`
    const value = slot ? slot.read(text ?? 'true') : (text ?? '')
    const property = slot?.property ?? name
    const before = this.#values[property]
    if (slot?.join && this.has(property) && before !== undefined) this.#values[property] = slot.join(before, value)
    else this.set(property, value)
  }

  /** A member of a JSON body that is a parameter. Texts are read as in the query string. */
  member(name: string, value: JsonValue | undefined): void {
    if (value === undefined) return
    const slot = this.reader.slots.get(name)
    this.set(slot?.property ?? name, slot ? plain(slot, value) : value)
  }
}

function plain(slot: Slot, value: JsonValue): JsonValue {
  if (typeof value === 'string') return slot.read(value)
  return slot.flag && (value === 1 || value === 0) ? value === 1 : value
}

function twice(property: string): Failure {
  return new Failure('invalid', `The parameter \`${property.slice(0, 100)}\` is given more than once`, {
    hint: 'Send it in the path, the query string or the body, under one of its names',
  })
}
