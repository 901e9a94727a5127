import type { Mask } from '@gatehouse/core'
import type { Typed } from '../sql/dialect.js'
import { outputSql } from './output.js'

/** A value that is not to be seen, as text: made by the server, so that the value never leaves it. */
export function maskSql(mask: Mask, expression: string, column: Typed, keyParam: string): string {
  const text = `(${outputSql(expression, column).sql})::text`
  switch (mask) {
    case 'null':
      return 'NULL::text'
    case 'redact':
      return `CASE WHEN ${expression} IS NOT NULL THEN '***' END`
    case 'hash':
      return `encode(sha256(convert_to(${keyParam}::text || ${text}, 'UTF8')), 'hex')`
    case 'partial':
      return `left(${text}, 1) || '***' || CASE WHEN position('@' IN ${text}) > 0 THEN substr(${text}, position('@' IN ${text})) ELSE '' END`
    case 'last4':
      return `CASE WHEN length(${text}) > 4 THEN '***' || right(${text}, 4) WHEN ${expression} IS NOT NULL THEN '***' END`
    default:
      return mask satisfies never
  }
}
