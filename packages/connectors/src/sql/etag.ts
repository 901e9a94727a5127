import { hash } from 'node:crypto'
import type { JsonText } from '@gatehouse/core'

/** Strong entity tag (RFC 9110, 8.8.3) of a record's JSON text, without quotes. A change detector, not a secret. */
export function etagOf(text: JsonText): string {
  return hash('sha1', text, 'base64url')
}
