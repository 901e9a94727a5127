import { anything, type Declared, type Field, type Kind, merged } from './field.js'
import { addressable } from './infer.js'

type Schema = Readonly<Record<string, unknown>>

const kindsOfType: Readonly<Record<string, readonly Kind[]>> = {
  double: ['double'],
  string: ['string'],
  object: ['object'],
  array: ['array'],
  binData: ['binData'],
  objectId: ['objectId'],
  bool: ['bool'],
  boolean: ['bool'],
  date: ['date'],
  int: ['int'],
  long: ['long'],
  decimal: ['decimal'],
  number: ['int', 'long', 'double', 'decimal'],
  regex: ['other'],
  javascript: ['other'],
  timestamp: ['other'],
  minKey: ['other'],
  maxKey: ['other'],
  null: [],
}

/** What a `$jsonSchema` says of the documents. What it leaves open is left open here. */
export function declaredField(schema: unknown, required = true): Field {
  if (!isSchema(schema)) return anything
  const types = listed(schema.bsonType ?? schema.type)
  const kinds = new Set<Kind>(types.flatMap((type) => kindsOfType[type] ?? []))
  const names = new Set(listed(schema.required))
  const members = new Map<string, Field>()
  if (isSchema(schema.properties)) {
    for (const [name, member] of Object.entries(schema.properties)) {
      if (addressable(name)) members.set(name, declaredField(member, names.has(name)))
    }
    if (types.length === 0) kinds.add('object')
  }
  for (const name of names) {
    if (addressable(name) && !members.has(name)) members.set(name, { ...anything })
  }
  const values = enumOf(schema.enum)
  if (kinds.size === 0 && values.texts) kinds.add('string')
  const always = required && (types.length > 0 ? !types.includes('null') : values.texts !== undefined && !values.nulls)
  const declared: Declared = {
    ...(typeof schema.description === 'string' ? { comment: schema.description } : {}),
    ...(values.texts ? { values: values.texts } : {}),
    ...(typeof schema.maxLength === 'number' ? { length: schema.maxLength } : {}),
  }
  const items = Array.isArray(schema.items)
    ? schema.items.map((item) => declaredField(item)).reduce(merged, anything)
    : schema.items === undefined
      ? undefined
      : declaredField(schema.items)
  return {
    kinds,
    members,
    always,
    ...(items ? { items } : {}),
    ...(Object.keys(declared).length > 0 ? { declared } : {}),
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listed(value: unknown): string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return values.filter((v) => typeof v === 'string')
}

function enumOf(value: unknown): { texts: readonly string[] | undefined; nulls: boolean } {
  if (!Array.isArray(value)) return { texts: undefined, nulls: false }
  const texts = value.filter((v): v is string => typeof v === 'string')
  const nulls = value.includes(null)
  return { texts: texts.length + (nulls ? 1 : 0) === value.length ? texts : undefined, nulls }
}
