import type { Mask } from '@gatehouse/core'
import { functions } from './function-names.js'

/** A value that is not to be seen, as text: made inside the database, so that the value never leaves it. */
export function maskSql(mask: Mask, expression: string, keyParam: string): string {
  const text = `CAST(${expression} AS TEXT)`
  switch (mask) {
    case 'null':
      return 'NULL'
    case 'redact':
      return `CASE WHEN ${expression} IS NOT NULL THEN '***' END`
    case 'hash':
      return `${functions.hash}(${keyParam}, ${text})`
    case 'partial':
      return `substr(${text}, 1, 1) || '***' || CASE WHEN instr(${text}, '@') > 0 THEN substr(${text}, instr(${text}, '@')) ELSE '' END`
    case 'last4':
      return `CASE WHEN length(${text}) > 4 THEN '***' || substr(${text}, -4) WHEN ${text} IS NOT NULL THEN '***' END`
    default:
      return mask satisfies never
  }
}
