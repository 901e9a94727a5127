import type { HttpMethod, JsonObject, JsonSchema, JsonValue, Operation, OperationFace } from '@gatehouse/core'
import { isSchema, type Schemas } from './schemas.js'

/** The request body of an operation by one of its methods, as its HTTP rule and the habits of records have it. */
export function requestBodyOf(
  operation: Operation,
  face: OperationFace,
  method: HttpMethod,
  path: string,
  schemas: Schemas,
): JsonSchema | undefined {
  const { body, upload, each } = operation.http
  if (method !== 'GET' && (upload || each)) return bytes(upload === true)
  if (body === undefined || method === 'GET') return undefined
  const { properties, required = [] } = face.input
  if (body === '*') {
    const inBody = Object.entries(properties).filter(([name]) => !path.includes(`{${name}}`))
    const needed = required.filter((name) => inBody.some(([inside]) => inside === name))
    const schema = {
      type: 'object',
      properties: Object.fromEntries(inBody),
      ...(needed.length > 0 && { required: needed }),
      additionalProperties: false,
    }
    return content(schemas.place(schema, operation.service), needed.length > 0, undefined)
  }
  const schema = properties[body]
  if (!schema) return undefined
  const { description, ...value } = schema
  const placed = schemas.place(value, operation.service)
  const item = value.items
  if (!isSchema(item) || !placed.items) {
    const example = exampleOf(value)
    return {
      ...content(placed, required.includes(body), example),
      ...(typeof description === 'string' && { description }),
    }
  }
  const wrapper = { type: 'object', properties: { resource: placed }, required: ['resource'] }
  const example = exampleOf(item)
  return {
    ...content({ anyOf: [wrapper, placed, placed.items] }, required.includes(body), example && { resource: [example] }),
    ...(typeof description === 'string' && { description }),
  }
}

function content(schema: JsonSchema, required: boolean, example: JsonValue | undefined): JsonSchema {
  return {
    ...(required && { required }),
    content: { 'application/json': { schema, ...(example !== undefined && { example }) } },
  }
}

/** A record made of its columns' examples: the required ones, or else the first three that are not keys. */
function exampleOf(record: JsonSchema): JsonObject | undefined {
  const { properties, required } = record
  if (!isSchema(properties)) return undefined
  const names = Array.isArray(required) ? required : Object.keys(properties).slice(1, 4)
  const example: Record<string, JsonValue> = {}
  for (const name of names as unknown[]) {
    // Tools take a member of that name for a reference, even inside an example.
    if (typeof name !== 'string' || name === '$ref') continue
    const column = properties[name]
    const examples = isSchema(column) ? column.examples : undefined
    if (Array.isArray(examples) && examples.length > 0) example[name] = examples[0] as JsonValue
  }
  return Object.keys(example).length > 0 ? example : undefined
}

/** A file as the body itself, or files in a form or a list. */
function bytes(itself: boolean): JsonSchema {
  const file = { type: 'string', format: 'binary' }
  const form = { schema: { type: 'object', properties: { file } } }
  if (itself) return { content: { 'application/octet-stream': { schema: file }, 'multipart/form-data': form } }
  const entry = {
    type: 'object',
    properties: {
      name: { type: 'string' },
      type: { enum: ['file', 'folder'] },
      content: { type: 'string' },
      encoding: { enum: ['text', 'base64'] },
      content_type: { type: 'string' },
    },
    required: ['name'],
  }
  const list = { type: 'object', properties: { resource: { type: 'array', items: entry } }, required: ['resource'] }
  return { content: { 'multipart/form-data': form, 'application/json': { schema: list } } }
}
