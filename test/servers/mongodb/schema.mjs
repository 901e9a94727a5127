import { classOf, typeName } from './values.mjs'

/**
 * Whether a value meets a `$jsonSchema`, as far as the tests use it.
 * @returns {boolean}
 */
export function meets(/** @type {any} */ schema, /** @type {any} */ value) {
  const types = [schema.bsonType ?? schema.type ?? []].flat()
  if (types.length > 0 && !types.some((type) => isOf(type, value))) return false
  if (schema.enum && !schema.enum.includes(value)) return false
  if (typeof value === 'string') {
    if (schema.maxLength !== undefined && [...value].length > schema.maxLength) return false
    if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) return false
  }
  if (classOf(value) === 'number') {
    if (schema.minimum !== undefined && Number(String(value)) < schema.minimum) return false
    if (schema.maximum !== undefined && Number(String(value)) > schema.maximum) return false
  }
  if (Array.isArray(value)) return !schema.items || value.every((item) => meets(schema.items, item))
  if (classOf(value) !== 'object') return true
  const names = Object.keys(value)
  const properties = schema.properties ?? {}
  if ((schema.required ?? []).some((/** @type {string} */ name) => !names.includes(name))) return false
  if (schema.additionalProperties === false && names.some((name) => !Object.hasOwn(properties, name))) return false
  return names.every((name) => !Object.hasOwn(properties, name) || meets(properties[name], value[name]))
}

function isOf(/** @type {string} */ type, /** @type {unknown} */ value) {
  if (type === 'number') return classOf(value) === 'number'
  // A double that is whole comes over the wire as an int here, and back.
  if (type === 'double') return ['double', 'int'].includes(typeName(value))
  return typeName(value) === type
}
