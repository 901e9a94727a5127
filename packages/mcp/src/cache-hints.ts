import type { JsonObject } from '@gatehouse/core'
import type { Era } from './era.js'

/** How long a client may keep a list: a minute, and only for whom it was made, since lists follow the caller's role. */
const hints: JsonObject = { ttlMs: 60_000, cacheScope: 'private' }
const none: JsonObject = {}

export function cacheHints(era: Era): JsonObject {
  return era.cacheHints ? hints : none
}

/** The same as members of JSON text, with a comma in front. */
export function cacheHintText(era: Era): string {
  return era.cacheHints ? ',"ttlMs":60000,"cacheScope":"private"' : ''
}
