import { Failure, isJsonObject, type JsonObject, type JsonValue } from '@gatehouse/core'
import type { Draft, Stored } from './system-table.js'

/** What a draft says of a column; undefined where it says nothing. */
export function textIn(draft: Draft, column: string): string | undefined {
  const value = draft.get(column)
  return typeof value === 'string' ? value : undefined
}

/** The JSON that a draft has for a column; undefined where it says nothing. */
export function jsonIn(draft: Draft, column: string): JsonValue | undefined {
  const value = draft.get(column)
  return typeof value === 'string' ? (JSON.parse(value) as JsonValue) : value === null ? null : undefined
}

/** A list of texts; undefined where there is none. Throws `invalid` for anything else. */
export function textsIn(draft: Draft, column: string): readonly string[] | undefined {
  const value = jsonIn(draft, column)
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw new Failure('invalid', `\`${column}\` is a list of texts`, { context: { column } })
}

export function objectIn(draft: Draft, column: string): JsonObject | undefined {
  const value = jsonIn(draft, column)
  if (value === undefined || value === null) return undefined
  if (isJsonObject(value)) return value
  throw new Failure('invalid', `\`${column}\` is an object`, { context: { column } })
}

/** JSON of a row as it was read: some databases answer it as text. */
export function storedJson(row: Stored, column: string): JsonValue {
  const value = row[column] ?? null
  return typeof value === 'string' ? (JSON.parse(value) as JsonValue) : value
}

export function storedTexts(row: Stored, column: string): readonly string[] {
  const value = storedJson(row, column)
  return Array.isArray(value) ? value.map(String) : []
}

export function storedObject(row: Stored, column: string): JsonObject {
  const value = storedJson(row, column)
  return isJsonObject(value) ? value : {}
}

/** A name that is safe in paths, logs and messages. Throws `invalid`. */
export function nameIn(draft: Draft, pattern: RegExp, words: string): string | undefined {
  const name = textIn(draft, 'name')
  if (name === undefined) return undefined
  if (pattern.test(name)) return name
  throw new Failure('invalid', `\`name\` is ${words}`, { context: { column: 'name' } })
}

export function required<T>(value: T | undefined, column: string): T {
  if (value !== undefined) return value
  throw new Failure('invalid', `\`${column}\` is missing`, { context: { column } })
}
