import { Failure, type JsonObject, type JsonValue, type ObjectSchema, suggest } from '@gatehouse/core'

/**
 * The input of a tool of our own, by its schema: names (camelCase too), what is required, and the types of flat values.
 * Operations are validated by the pipeline; these tools never reach it. Throws `invalid`, naming the nearest argument.
 */
export function checkedInput(schema: ObjectSchema, input: JsonObject): JsonObject {
  const checked: Record<string, JsonValue> = {}
  for (const [given, value] of Object.entries(input)) {
    if (value === undefined || value === null) continue
    const name = Object.hasOwn(schema.properties, given) ? given : snakeCase(given)
    const property = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined
    if (!property) {
      throw new Failure('invalid', `There is no argument \`${given.slice(0, 100)}\``, {
        hint: suggest(given, 'Arguments', Object.keys(schema.properties)),
      })
    }
    if (!fits(property.type, value)) throw new Failure('invalid', `\`${name}\` is of type ${String(property.type)}`)
    checked[name] = value
  }
  for (const name of schema.required ?? []) {
    if (checked[name] === undefined) throw new Failure('invalid', `\`${name}\` is missing`)
  }
  return checked
}

function fits(type: unknown, value: JsonValue): boolean {
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return typeof type !== 'string' || typeof value === type
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
