import type { HttpMethod, JsonSchema, Operation, OperationFace } from '@gatehouse/core'

/** An OpenAPI parameter object. */
export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly schema?: JsonSchema
  readonly [keyword: string]: unknown
}

/** What of an operation travels outside the body, by its HTTP rule, for one of its methods. */
export function parametersOf(operation: Operation, face: OperationFace, method: HttpMethod, path: string): Parameter[] {
  const { properties, required = [] } = face.input
  const whole = operation.http.body === '*' && method !== 'GET'
  const parameters: Parameter[] = []
  for (const [name, schema] of Object.entries(properties)) {
    const header = operation.http.headers?.[name]
    if (path.includes(`{${name}}`)) parameters.push(inPath(name, schema))
    else if (operation.http.path.includes(`{+${name}}`)) continue
    else if (header !== undefined) parameters.push(inHeader(header, schema))
    else if (name === 'if_match') parameters.push(ifMatch)
    else if (!whole && name !== operation.http.body) {
      parameters.push(inQuery(name, withOptions(name, schema, face), required.includes(name)))
    }
  }
  if (operation.http.tagged) parameters.push(ifNoneMatch)
  if (method === 'POST' && !operation.idempotent && operation.effect !== 'read') parameters.push(idempotencyKey)
  return parameters
}

/** A document has no parameters by pattern, so what they are is said of the one that they belong to. */
function withOptions(name: string, schema: JsonSchema, { input }: OperationFace): JsonSchema {
  const [options] = name === 'related' ? Object.values(input.patternProperties ?? {}) : []
  if (options?.description === undefined) return schema
  return { ...schema, description: `${String(schema.description)}. More parameters: ${String(options.description)}` }
}

function inPath(name: string, schema: JsonSchema): Parameter {
  const { description, ...rest } = schema
  return { name, in: 'path', required: true, ...described(description), schema: rest }
}

function inHeader(header: string, schema: JsonSchema): Parameter {
  const { description, ...rest } = schema
  const name = header.replace(/(^|-)[a-z]/g, (letters) => letters.toUpperCase())
  return { name, in: 'header', ...described(description), schema: rest }
}

function inQuery(name: string, schema: JsonSchema, required: boolean): Parameter {
  const { description, ...rest } = schema
  const parameter = { name, in: 'query', ...(required && { required }), ...described(description) } as const
  const types = typesOf(schema)
  const lists = schema.items as JsonSchema | undefined
  const nested = types.includes('object') || (types.includes('array') && lists && typesOf(lists).includes('object'))
  if (nested) return { ...parameter, content: { 'application/json': { schema: rest } } }
  // Lists have commas between their items.
  if (types.includes('array')) return { ...parameter, style: 'form', explode: false, schema: rest }
  return { ...parameter, schema: rest }
}

function typesOf(schema: JsonSchema): readonly unknown[] {
  const { type } = schema
  return Array.isArray(type) ? type : [type]
}

function described(description: unknown): { description?: string } {
  return typeof description === 'string' && description !== '' ? { description } : {}
}

const ifMatch: Parameter = {
  name: 'If-Match',
  in: 'header',
  description: 'The ETag that the record must still have; else 412 and nothing is written.',
  schema: { type: 'string' },
}

const ifNoneMatch: Parameter = {
  name: 'If-None-Match',
  in: 'header',
  description: 'The ETag of the copy that you have; 304 without a body where the record is still the same.',
  schema: { type: 'string' },
}

const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'The same key with the same request within 24 hours answers as the first time and does nothing more.',
  schema: { type: 'string', maxLength: 255 },
}

/** Parameters that are the same in more than one group of operations, as components. */
export interface SharedParameters {
  /** The parameter, or a reference to its component. */
  reference(parameter: Parameter): Parameter | { readonly $ref: string }
  readonly components: Readonly<Record<string, Parameter>>
}

export function shareParameters(
  uses: readonly { readonly group: string; readonly parameters: readonly Parameter[] }[],
  nameFor: (wanted: string) => string,
): SharedParameters {
  const groups = new Map<string, Set<string>>()
  for (const { group, parameters } of uses) {
    for (const parameter of parameters) {
      const key = JSON.stringify(parameter)
      const known = groups.get(key)
      if (known) known.add(group)
      else groups.set(key, new Set([group]))
    }
  }
  const components: Record<string, Parameter> = {}
  const names = new Map<string, string>()
  return {
    components,
    reference(parameter) {
      const key = JSON.stringify(parameter)
      if ((groups.get(key)?.size ?? 0) < 2) return parameter
      let name = names.get(key)
      if (name === undefined) {
        name = nameFor(parameter.name)
        names.set(key, name)
        components[name] = parameter
      }
      return { $ref: `#/components/parameters/${name}` }
    },
  }
}
