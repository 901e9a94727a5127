import { Failure, type JsonObject, type JsonValue, type Operation } from '@gatehouse/core'

/**
 * The input with each alias replaced by the property that it stands for; the same object where it uses none.
 * Throws `invalid` where both are given.
 */
export function withoutAliases(operation: Operation, input: JsonObject): JsonObject {
  const { aliases } = operation
  const { properties } = operation.input
  let renamed: Record<string, JsonValue | undefined> | undefined
  for (const name in input) {
    if (!Object.hasOwn(aliases, name) || Object.hasOwn(properties, name)) continue
    const property = aliases[name]
    if (property === undefined) continue
    renamed ??= { ...input }
    if (Object.hasOwn(renamed, property) && renamed[property] !== undefined) {
      throw new Failure('invalid', `\`${name}\` is another name for \`${property}\`: send one of them`)
    }
    delete renamed[name]
    renamed[property] = input[name]
  }
  return renamed ?? input
}
