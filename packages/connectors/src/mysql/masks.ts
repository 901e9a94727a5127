import type { Mask } from '@gatehouse/core'
import type { Typed } from '../sql/dialect.js'
import type { Flavour } from './flavour.js'
import { outputSql } from './output.js'

/** A value that is not to be seen, as text: made by the server, so that the value never leaves it. */
export function maskSql(mask: Mask, expression: string, column: Typed, keyParam: string, flavour: Flavour): string {
  const text = `CAST(${outputSql(expression, column, flavour).sql} AS CHAR)`
  switch (mask) {
    case 'null':
      return 'NULL'
    case 'redact':
      return `CASE WHEN ${expression} IS NOT NULL THEN '***' END`
    case 'hash':
      return `SHA2(CONCAT(${keyParam}, ${text}), 256)`
    case 'partial':
      return `CONCAT(LEFT(${text}, 1), '***', IF(LOCATE('@', ${text}) > 0, SUBSTRING(${text}, LOCATE('@', ${text})), ''))`
    case 'last4':
      return `CASE WHEN CHAR_LENGTH(${text}) > 4 THEN CONCAT('***', RIGHT(${text}, 4)) WHEN ${text} IS NOT NULL THEN '***' END`
    default:
      return mask satisfies never
  }
}
