import { Binary, Decimal128, Double, Int32, Long, ObjectId } from 'mongodb'
import type { Field, Kind } from './field.js'

/** Levels of nesting that are looked at, and fields of one object. */
const deepest = 6
const widest = 300

interface Found {
  readonly kinds: Set<Kind>
  readonly members: Map<string, Found>
  items: Found | undefined
  /** Documents (or elements) in which it is, and is not null. */
  seen: number
  /** Objects seen here: how often a member could have been there. */
  objects: number
}

const nothing = (): Found => ({ kinds: new Set(), members: new Map(), items: undefined, seen: 0, objects: 0 })

/** What the documents have in common: a field for each name, with every kind of value that was met. */
export function inferField(documents: Iterable<Readonly<Record<string, unknown>>>): Field {
  const root = nothing()
  for (const document of documents) see(root, document, 0)
  return fieldOf(root, root.seen)
}

function see(found: Found, value: unknown, depth: number): void {
  if (value === null || value === undefined) return
  found.seen++
  const kind = kindOf(value)
  found.kinds.add(kind)
  if (depth >= deepest) return
  if (kind === 'array') {
    found.items ??= nothing()
    for (const element of (value as readonly unknown[]).slice(0, widest)) see(found.items, element, depth + 1)
  } else if (kind === 'object') {
    found.objects++
    for (const [name, member] of Object.entries(value)) {
      if (!addressable(name)) continue
      let known = found.members.get(name)
      if (!known) {
        if (found.members.size >= widest) continue
        known = nothing()
        found.members.set(name, known)
      }
      see(known, member, depth + 1)
    }
  }
}

/** A name that a path can hold. Others stay in the document and are not shown. */
export function addressable(name: string): boolean {
  return name !== '' && !name.startsWith('$') && !name.includes('.') && !name.includes('\0')
}

function fieldOf(found: Found, chances: number): Field {
  const members = new Map([...found.members].map(([name, member]) => [name, fieldOf(member, found.objects)]))
  return {
    kinds: found.kinds,
    members,
    always: chances > 0 && found.seen === chances,
    ...(found.items ? { items: fieldOf(found.items, 0) } : {}),
  }
}

/** The kind of a value that was read without promotion, so that an int is told from a double. */
function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
    case 'number':
      return 'double'
    case 'bigint':
      return 'long'
    default:
  }
  if (Array.isArray(value)) return 'array'
  if (value instanceof Date) return 'date'
  if (value instanceof ObjectId) return 'objectId'
  if (value instanceof Int32) return 'int'
  if (value instanceof Double) return 'double'
  if (value instanceof Long) return value._bsontype === 'Long' ? 'long' : 'other'
  if (value instanceof Decimal128) return 'decimal'
  if (value instanceof Binary) return value.sub_type === Binary.SUBTYPE_UUID ? 'uuid' : 'binData'
  return typeof value === 'object' && value !== null && !('_bsontype' in value) ? 'object' : 'other'
}
