import type { Column, ScalarType } from '@gatehouse/core'

export type DeclaredType = Pick<Column, 'type' | 'nativeType' | 'length' | 'precision' | 'scale'>

/** By the words of the declared type, in this order: the first that is found decides. */
const rules: readonly (readonly [pattern: RegExp, type: ScalarType])[] = [
  [/^(BOOL|BOOLEAN|BIT)\b/, 'boolean'],
  [/DECIMAL|NUMERIC|\bDEC\b|MONEY|^NUM$/, 'decimal'],
  [/^INTERVAL/, 'interval'],
  [/^(TIMESTAMPTZ|DATETIMETZ|DATETIMEOFFSET)|WITH (LOCAL )?TIME ?ZONE/, 'datetimetz'],
  [/^(DATETIME|TIMESTAMP)/, 'datetime'],
  [/^DATE\b/, 'date'],
  [/^TIME\b/, 'time'],
  [/^(UUID|GUID|UNIQUEIDENTIFIER)/, 'uuid'],
  [/^JSONB?\b/, 'json'],
  // SQLite calls any integer INT where it works the type out itself (in views), so INT alone may have 64 bits there.
  [/^(TINYINT|SMALLINT|MEDIUMINT|INT2|INT4|INT)\b(?!.*BIG)/, 'integer'],
  [/INT/, 'bigint'],
  [/CHAR|CLOB|TEXT|STRING|ENUM|CITEXT/, 'text'],
  [/BLOB|BINARY|BYTEA|IMAGE/, 'binary'],
  [/REAL|FLOA|DOUB/, 'float'],
]

/** The neutral type of a declared one. SQLite takes any words as a type and checks few of them, so they are all there is. */
export function declaredType(declared: string): DeclaredType {
  const nativeType = declared.trim()
  const upper = nativeType.toUpperCase().replace(/\s+/g, ' ')
  const type = rules.find(([pattern]) => pattern.test(upper))?.[1] ?? 'other'
  const sizes = /\(\s*(\d{1,9})\s*(?:,\s*(\d{1,9})\s*)?\)/.exec(upper)
  const [first, second] = [sizes?.[1], sizes?.[2]].map((digits) => (digits === undefined ? undefined : Number(digits)))
  if (first === undefined) return { type, nativeType }
  if (type === 'text' || type === 'binary') return { type, nativeType, length: first }
  if (type === 'decimal') return { type, nativeType, precision: first, scale: second ?? 0 }
  return { type, nativeType }
}
