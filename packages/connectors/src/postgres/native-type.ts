import type { Typed } from '../sql/dialect.js'

/** What a column's native type asks for beside its neutral type. `nativeType` is what format_type prints. */

/** char(n): padded with blanks that are no part of the value. */
export function isPadded(column: Typed): boolean {
  return /^(?:character(?:\(|$)|bpchar)/.test(column.nativeType)
}

/** A text by nature: enums are texts to callers, but not to LIKE. */
export function isText(column: Typed): boolean {
  return column.type === 'text' && /^(?:text|character|bpchar|citext)/.test(column.nativeType)
}

/** `json`, which has no equality; jsonb has. */
export function isPlainJson(column: Typed): boolean {
  return column.type === 'json' && column.nativeType === 'json'
}

/** A row type: seen as a JSON object. */
export function isComposite(column: Typed): boolean {
  return column.type === 'json' && column.nativeType !== 'json' && column.nativeType !== 'jsonb'
}

const comparable =
  /^(?:inet|cidr|macaddr8?|money|interval|bit(?: varying)?|time(?:\(\d\))? with time zone|name|oid|"?char"?|tsvector|pg_lsn|citext|ltree|\w*range|\w*multirange)\b/

/** True where the type compares with its like. Others (xml, point, an extension's) are compared as texts. */
export function isComparable(column: Typed): boolean {
  switch (column.type) {
    case 'other':
      return comparable.test(column.nativeType) || column.nativeType === 'other'
    case 'json':
      return column.nativeType === 'jsonb'
    default:
      return true
  }
}
