import { isJsonObject, type JsonObject, type JsonValue } from '@gatehouse/core'

const secretName = /pass|secret|token|key|credential|sas|signature|private/i
const shownName = /^(public_key|key_id|access_key_id|key_prefix)$/i
const hidden = '(hidden)'

/** A service's own configuration without what opens its source: passwords, keys, and those inside a URL. */
export function shownConfig(config: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, shown(name, value)]))
}

function shown(name: string, value: JsonValue | undefined): JsonValue {
  if (value === undefined || value === null) return null
  if (secretName.test(name) && !shownName.test(name)) return hidden
  if (Array.isArray(value)) return value.map((item) => shown('', item))
  if (isJsonObject(value)) return shownConfig(value)
  return typeof value === 'string' ? withoutPassword(value) : value
}

/** `postgres://me:secret@host/db?password=x` -> `postgres://me@host/db`: what is behind the question mark may hold more. */
function withoutPassword(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return /[;&]?\b(password|pwd)\s*=/i.test(text) ? hidden : text
  const scheme = text.slice(0, text.indexOf('://'))
  const rest = text.slice(scheme.length + 3)
  const end = rest.lastIndexOf('@')
  const user = end < 0 ? '' : `${rest.slice(0, end).split(':')[0]}@`
  return `${scheme}://${user}${rest.slice(end + 1).split(/[?#]/)[0]}`
}
