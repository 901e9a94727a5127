import { Failure, type JsonValue, nearest } from '@gatehouse/core'
import type { ErrorObject } from 'ajv/dist/2020.js'

/** What a schema says of input that it refuses, in words for a person or a model. Values are not repeated. */
export function failureOf(errors: readonly ErrorObject[], input: JsonValue): Failure {
  const error = mostTelling(errors)
  if (!error) return new Failure('invalid', 'The arguments are not valid')
  const where = pathOf(error.instancePath)
  const subject = where === '' ? 'The input' : `Argument \`${where}\``
  const context = where === '' ? {} : { context: { argument: where } }
  const params: Readonly<Record<string, unknown>> = error.params
  switch (error.keyword) {
    case 'required': {
      const name = [where, String(params.missingProperty)].filter(Boolean).join('.')
      return new Failure('invalid', `Argument \`${name}\` is missing`, { context: { argument: name } })
    }
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const name = String(params.additionalProperty ?? params.unevaluatedProperty).slice(0, 100)
      const near = nearest(name, propertiesOf(error))
      const meant = near === undefined ? '' : ` Did you mean \`${near}\`?`
      const message = where === '' ? `Unknown argument \`${name}\`.` : `${subject} has no \`${name}\`.`
      return new Failure('invalid', `${message}${meant}`, context)
    }
    case 'type': {
      const given = at(input, error.instancePath)
      const long = typeof given === 'string' && /^\d{16,}$/.test(given) ? ' of at most 15 digits' : ''
      return new Failure('invalid', `${subject} takes ${typesOf(errors, error)}${long}`, context)
    }
    case 'enum': {
      const allowed = Array.isArray(params.allowedValues) ? params.allowedValues.map(String) : []
      const given = at(input, error.instancePath)
      const near = typeof given === 'string' ? nearest(given, allowed) : undefined
      return new Failure('invalid', `${subject} takes one of: ${allowed.slice(0, 20).join(', ')}`, {
        ...(near === undefined ? {} : { hint: `Did you mean \`${near}\`?` }),
        ...context,
      })
    }
    default:
      return new Failure('invalid', `${subject} ${error.message ?? 'is not valid'}`, context)
  }
}

/** Of the branches that a value failed, the one that got deepest into it; an error of the choice itself last. */
function mostTelling(errors: readonly ErrorObject[]): ErrorObject | undefined {
  const choices = new Set(['anyOf', 'oneOf', 'if', 'allOf', 'not'])
  const depth = (error: ErrorObject) => error.instancePath.split('/').length
  const plain = errors.filter((error) => !choices.has(error.keyword))
  const [first, ...more] = plain.length > 0 ? plain : errors
  return first && more.reduce((best, error) => (depth(error) > depth(best) ? error : best), first)
}

/** The types that all branches would take at this place. */
function typesOf(errors: readonly ErrorObject[], error: ErrorObject): string {
  const types = new Set<string>()
  for (const other of errors) {
    if (other.keyword !== 'type' || other.instancePath !== error.instancePath) continue
    const { type } = other.params as { readonly type?: unknown }
    for (const name of Array.isArray(type) ? type : [type]) types.add(words[String(name)] ?? String(name))
  }
  const names = [...types]
  const last = names.pop() ?? 'another type'
  return names.length === 0 ? last : `${names.join(', ')} or ${last}`
}

const words: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
}

function propertiesOf(error: ErrorObject): readonly string[] {
  const schema: unknown = error.parentSchema
  if (typeof schema !== 'object' || schema === null || !('properties' in schema)) return []
  return Object.keys(schema.properties ?? {})
}

/** `/aggregates/0/function` as `aggregates[0].function`. */
function pathOf(pointer: string): string {
  let path = ''
  for (const part of parts(pointer)) {
    if (/^\d+$/.test(part)) path += `[${part}]`
    else path += path === '' ? part : `.${part}`
  }
  return path.slice(0, 200)
}

function at(value: JsonValue, pointer: string): JsonValue | undefined {
  let found: unknown = value
  for (const part of parts(pointer)) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined
    found = Reflect.get(found, part)
  }
  return found as JsonValue
}

function parts(pointer: string): readonly string[] {
  return pointer === ''
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}
