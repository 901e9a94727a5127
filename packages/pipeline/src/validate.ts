import { ExactNumber, Failure, type JsonObject, type JsonValue, nearest, type Operation } from '@gatehouse/core'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { failureOf } from './validation-failure.js'

interface Compiled {
  readonly matches: ValidateFunction
  /** Names that are taken besides the properties, such as `orders_by_customer_id.limit`. */
  readonly patterns: readonly RegExp[]
  /** Any name is taken. */
  readonly open: boolean
}

const compiled = new WeakMap<Operation, Compiled>()

/**
 * Checks input by the operation's schema; nothing is coerced. Throws `invalid` that names the argument and what it
 * takes, and for an unknown one the nearest that exists.
 */
export function validate(operation: Operation, input: JsonObject): void {
  const schema = compile(operation)
  const { properties } = operation.input
  for (const name in input) {
    if (Object.hasOwn(properties, name) || schema.open) continue
    if (!schema.patterns.some((pattern) => pattern.test(name))) throw unknownArgument(name, operation)
  }
  const { matches } = schema
  if (matches(input)) return
  // Numbers of many digits travel as objects; to the schema they are numbers. Rare, so only looked for here.
  const rounded = withRounded(input)
  if (rounded !== input && matches(rounded)) return
  throw failureOf(matches.errors?.slice() ?? [], input)
}

function compile(operation: Operation): Compiled {
  const known = compiled.get(operation)
  if (known) return known
  const { input } = operation
  // An instance keeps each schema that it has seen for as long as it lives, and operations come and go.
  const ajv = new Ajv2020({ strict: false, verbose: true, meta: false, validateSchema: false, validateFormats: false })
  const patterns = Object.keys(input.patternProperties ?? {}).map((pattern) => new RegExp(pattern, 'u'))
  const result = { matches: ajv.compile(input), patterns, open: isOpen(input.additionalProperties) }
  compiled.set(operation, result)
  return result
}

function isOpen(additional: JsonObject | unknown): boolean {
  return additional === true || (typeof additional === 'object' && additional !== null)
}

function unknownArgument(name: string, operation: Operation): Failure {
  const names = Object.keys(operation.input.properties)
  const near = nearest(name, [...names, ...Object.keys(operation.aliases)])
  const shown = name.slice(0, 100)
  const meant = near === undefined ? '' : ` Did you mean \`${near}\`?`
  return new Failure('invalid', `Unknown argument \`${shown}\`.${meant}`, {
    hint: `Arguments of ${operation.name}: ${names.join(', ')}`,
    context: { argument: shown },
  })
}

/** The input with plain numbers in place of exact ones; the same object where there are none. */
function withRounded(value: JsonObject): JsonObject {
  let changed = false
  const result: Record<string, JsonValue | undefined> = {}
  for (const [name, member] of Object.entries(value)) {
    const next = member === undefined ? undefined : rounded(member)
    if (next !== member) changed = true
    result[name] = next
  }
  return changed ? result : value
}

function rounded(value: JsonValue): JsonValue {
  if (value instanceof ExactNumber) return Number(value.text)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const list: readonly JsonValue[] = value
    const items = list.map(rounded)
    return items.every((item, i) => item === list[i]) ? value : items
  }
  return withRounded(value as JsonObject)
}
