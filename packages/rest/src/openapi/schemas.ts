import type { JsonSchema } from '@gatehouse/core'
import { slug, uniqueNames } from './names.js'

/** The `components/schemas` of one document, filled as schemas are put in. */
export interface Schemas {
  readonly components: Readonly<Record<string, JsonSchema>>
  /** The schema with each titled object inside it replaced by a reference to a component, the same for equal ones. */
  place(schema: JsonSchema, service: string): JsonSchema
  /** A reference to a component of that name. */
  named(name: string, schema: JsonSchema): JsonSchema
}

export function collectSchemas(): Schemas {
  const components: Record<string, JsonSchema> = {}
  const placed = new Map<JsonSchema, JsonSchema>()
  const references = new Map<string, JsonSchema>()
  const nameFor = uniqueNames()

  const named = (wanted: string, schema: JsonSchema): JsonSchema => {
    const key = `${wanted} ${JSON.stringify(schema)}`
    const known = references.get(key)
    if (known) return known
    const name = nameFor(wanted)
    components[name] = schema
    const reference = { $ref: `#/components/schemas/${name}` }
    references.set(key, reference)
    return reference
  }

  const place = (schema: JsonSchema, service: string): JsonSchema => {
    const known = placed.get(schema)
    if (known) return known
    const inner = mapInner(schema, (child) => place(child, service))
    const { title } = schema
    const result =
      typeof title === 'string' && typeof schema.properties === 'object'
        ? named(`${slug(service)}_${slug(title)}`, inner)
        : inner
    placed.set(schema, result)
    return result
  }

  return { components, place, named }
}

const one = ['items', 'additionalProperties', 'not'] as const
const many = ['anyOf', 'oneOf', 'allOf', 'prefixItems'] as const
const byName = ['properties', 'patternProperties'] as const

function mapInner(schema: JsonSchema, map: (child: JsonSchema) => JsonSchema): JsonSchema {
  const result: Record<string, unknown> = { ...schema }
  for (const word of one) if (isSchema(schema[word])) result[word] = map(schema[word])
  for (const word of many) {
    const list = schema[word]
    if (Array.isArray(list)) result[word] = list.map((child: unknown) => (isSchema(child) ? map(child) : child))
  }
  for (const word of byName) {
    const members = schema[word]
    if (!isSchema(members)) continue
    result[word] = Object.fromEntries(
      Object.entries(members).map(([name, child]) => [name, isSchema(child) ? map(child) : child]),
    )
  }
  return result
}

export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
