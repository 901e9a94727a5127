import { isJsonObject, type JsonObject, type JsonValue, parseDuration } from '@gatehouse/core'

// Parts of a configuration by their shape. What has another one was told of by the schema, and is as if it were not there.

export function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}

export function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function texts(value: JsonValue | undefined): readonly string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined
}

/** Where one text may stand for a list of it. */
export function oneOrMany(value: JsonValue | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : (texts(value) ?? [])
}

/** Milliseconds of a duration; of `fallback` where none is given. */
export function milliseconds(value: JsonValue | undefined, fallback: string): number {
  return parseDuration(typeof value === 'number' ? value : (text(value) ?? fallback)) ?? 0
}
