import type { JsonObject, JsonValue } from '@gatehouse/core'
import { jsonOf } from './scope.js'

export type Row = Readonly<Record<string, unknown>>

export const grantColumns = [
  'service',
  'resource',
  'verbs',
  'surfaces',
  'fields',
  'rows',
  'max_rows',
  'timeout',
  'deny',
]
export const keyColumns = ['name', 'hash', 'roles', 'attributes', 'expires', 'revoked', 'addresses']
export const limitColumns = ['per', 'role', 'service', 'resource', 'operation', 'rate', 'period']
export const endpointColumns = ['services', 'default_limit', 'max_limit', 'api_keys', 'read_only']
const jsonColumns = new Set(['verbs', 'surfaces', 'fields', 'roles', 'attributes', 'addresses', 'config', 'services'])
const flags = new Set(['deny', 'api_keys', 'read_only', 'revoked'])

/** A value as the configuration would have it, however the driver gives it. */
export function columnValue(name: string, value: unknown): JsonValue {
  if (value === null || value === undefined) return null
  if (jsonColumns.has(name)) return jsonOf<JsonValue>(value, null)
  if (flags.has(name)) return Boolean(value)
  return name === 'role_id' ? Number(value) : (value as JsonValue)
}

/** The named columns that have a value, as the configuration would have them. */
export function present(row: Row, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name): [string, JsonValue][] => {
      const value = columnValue(name, row[name])
      return value === null || (name === 'deny' && value === false) ? [] : [[name, value]]
    }),
  )
}
