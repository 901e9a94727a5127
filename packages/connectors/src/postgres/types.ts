import type { Column, ScalarType } from '@gatehouse/core'

/** A row of pg_type. */
export interface PgType {
  readonly oid: string
  readonly name: string
  readonly schema: string
  /** b base, c composite, d domain, e enum, p pseudo, r range, m multirange. */
  readonly kind: string
  readonly category: string
  readonly base: string
  readonly typmod: number
  readonly notNull: boolean
  readonly element: string
  /** As SQL names it, without modifiers. */
  readonly format: string
  /** A domain's checks. */
  readonly checks: string | undefined
}

/** What a column of a type is to us. */
type TypeFacts = Pick<Column, 'type' | 'nativeType' | 'length' | 'precision' | 'scale' | 'values'> & {
  readonly notNull: boolean
  readonly checks: readonly string[]
  /** The type itself, behind its domains. */
  readonly base: PgType
}

export interface Types {
  facts(oid: string, typmod: number): TypeFacts | undefined
  readonly byOid: ReadonlyMap<string, PgType>
}

const neutral: Readonly<Record<string, ScalarType>> = {
  bool: 'boolean',
  int2: 'integer',
  int4: 'integer',
  int8: 'bigint',
  oid: 'bigint',
  numeric: 'decimal',
  float4: 'float',
  float8: 'float',
  text: 'text',
  varchar: 'text',
  bpchar: 'text',
  name: 'text',
  char: 'text',
  uuid: 'uuid',
  date: 'date',
  time: 'time',
  timestamp: 'datetime',
  timestamptz: 'datetimetz',
  interval: 'interval',
  bytea: 'binary',
  json: 'json',
  jsonb: 'json',
}

export function typesOf(
  byOid: ReadonlyMap<string, PgType>,
  enums: ReadonlyMap<string, readonly string[]>,
  formats: ReadonlyMap<string, string>,
): Types {
  function facts(oid: string, typmod: number): TypeFacts | undefined {
    let type = byOid.get(oid)
    let modifier = typmod
    let notNull = false
    const checks: string[] = []
    while (type?.kind === 'd') {
      notNull ||= type.notNull
      if (type.checks !== undefined) checks.push(type.checks)
      if (modifier < 0) modifier = type.typmod
      type = byOid.get(type.base)
    }
    if (!type) return undefined
    const values = enums.get(type.oid)
    return {
      type: neutralOf(type),
      nativeType: formats.get(formatKey(type.oid, modifier)) ?? type.format,
      ...sizes(type.name, modifier),
      ...(values ? { values } : {}),
      notNull,
      checks,
      base: type,
    }
  }
  return { facts, byOid }
}

export function formatKey(oid: string, typmod: number): string {
  return `${oid}/${typmod}`
}

function neutralOf(type: PgType): ScalarType {
  if (type.kind === 'e') return 'text'
  if (type.kind === 'c') return 'json'
  if (type.category === 'A' && type.element !== '0') return 'array'
  if (type.name === 'citext') return 'text'
  return (type.schema === 'pg_catalog' ? neutral[type.name] : undefined) ?? 'other'
}

/** What the modifier says; the first four bytes of a length are the header's. */
function sizes(name: string, typmod: number): Pick<Column, 'length' | 'precision' | 'scale'> {
  if (typmod < 0) return {}
  switch (name) {
    case 'varchar':
    case 'bpchar':
      return { length: typmod - 4 }
    case 'bit':
    case 'varbit':
      return { length: typmod }
    case 'numeric': {
      const digits = typmod - 4
      const scale = digits & 0x7ff
      // Eleven bits with a sign: PostgreSQL 15 has negative scales.
      return { precision: (digits >> 16) & 0xffff, scale: scale > 1000 ? scale - 2048 : scale }
    }
    default:
      return {}
  }
}
