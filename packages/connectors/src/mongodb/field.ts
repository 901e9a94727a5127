import type { ScalarType } from '@gatehouse/core'

/** What a field may hold, as BSON calls it; `uuid` is binary data of its subtype 4. NULL is none of them. */
export type Kind =
  | 'double'
  | 'string'
  | 'object'
  | 'array'
  | 'binData'
  | 'uuid'
  | 'objectId'
  | 'bool'
  | 'date'
  | 'int'
  | 'long'
  | 'decimal'
  | 'other'

/** A field of documents: every kind seen or declared, and what is inside. */
export interface Field {
  readonly kinds: ReadonlySet<Kind>
  /** Of objects: by name. Empty where nothing is known. */
  readonly members: ReadonlyMap<string, Field>
  /** Of arrays: what all elements may be. */
  readonly items?: Field
  /** It is there and not null in every document: by declaration where the field is one of a validator. */
  readonly always: boolean
  readonly declared?: Declared
}

/** What a validator says of a field and no sample can. */
export interface Declared {
  readonly comment?: string
  readonly values?: readonly string[]
  readonly length?: number
}

export const anything: Field = { kinds: new Set(), members: new Map(), always: false }

const numbers: ReadonlySet<Kind> = new Set<Kind>(['int', 'long', 'double', 'decimal'])

const typeOfKind: Readonly<Record<Kind, ScalarType>> = {
  double: 'float',
  string: 'text',
  object: 'json',
  array: 'array',
  binData: 'binary',
  uuid: 'uuid',
  objectId: 'text',
  bool: 'boolean',
  date: 'datetimetz',
  int: 'integer',
  long: 'bigint',
  decimal: 'decimal',
  other: 'other',
}

/** The neutral type. Numbers widen, hex and text are text, and what has nothing in common is any JSON value. */
export function typeOf({ kinds }: Field): ScalarType {
  const [only] = kinds
  if (only === undefined) return 'json'
  if (kinds.size === 1) return typeOfKind[only]
  const all = [...kinds]
  if (all.every((kind) => numbers.has(kind))) {
    if (kinds.has('decimal')) return 'decimal'
    return kinds.has('double') ? 'float' : 'bigint'
  }
  return all.every((kind) => kind === 'objectId' || kind === 'string') ? 'text' : 'json'
}

const longestNative = 200

/** `object {city: string, geo: object {lat: double}}`, `array<string>`, `int | string`. */
export function nativeType(field: Field): string {
  const text = described(field)
  return text.length > longestNative ? `${text.slice(0, longestNative - 3)}...` : text
}

function described({ kinds, members, items }: Field): string {
  if (kinds.size === 0) return 'any'
  return [...kinds]
    .sort()
    .map((kind) => {
      if (kind === 'object' && members.size > 0) {
        return `object {${[...members].map(([name, member]) => `${name}: ${described(member)}`).join(', ')}}`
      }
      return kind === 'array' && items ? `array<${described(items)}>` : kind
    })
    .join(' | ')
}

/** What one or the other may be. */
export function merged(a: Field, b: Field): Field {
  const members = new Map(a.members)
  for (const [name, member] of b.members) {
    const known = members.get(name)
    members.set(name, known ? merged(known, member) : { ...member, always: false })
  }
  for (const [name, member] of a.members) if (!b.members.has(name)) members.set(name, { ...member, always: false })
  const items = a.items && b.items ? merged(a.items, b.items) : (a.items ?? b.items)
  return {
    kinds: new Set([...a.kinds, ...b.kinds]),
    members,
    always: a.always && b.always,
    ...(items ? { items } : {}),
    ...((a.declared ?? b.declared) ? { declared: a.declared ?? b.declared } : {}),
  } as Field
}

/** The field at keys below this one; undefined where nothing is known of it. */
export function fieldAt(field: Field | undefined, keys: readonly (string | number)[]): Field | undefined {
  let at = field
  for (const key of keys) {
    if (at === undefined) return undefined
    // A path goes on through the elements of an array.
    at =
      typeof key === 'number' && at.items
        ? at.items
        : (at.members.get(String(key)) ?? at.items?.members.get(String(key)))
  }
  return at
}
