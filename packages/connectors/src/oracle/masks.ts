import type { Mask } from '@gatehouse/core'
import type { Typed } from '../sql/dialect.js'
import { isClob } from './column-kind.js'
import { sortableSql } from './conditions.js'
import { numberText } from './number-text.js'
import { outputSql } from './output.js'

/** A value that is not to be seen, as text: made by the server, so that the value never leaves it. */
export function maskSql(mask: Mask, expression: string, column: Typed, keyParam: string): string {
  const text = shortText(expression, column)
  const unlessNull = (shown: string) => `CASE WHEN ${expression} IS NOT NULL THEN ${shown} END`
  switch (mask) {
    case 'null':
      return 'NULL'
    case 'redact':
      return unlessNull(`'***'`)
    case 'hash':
      return unlessNull(`LOWER(RAWTOHEX(STANDARD_HASH(${keyParam} || ${hashed(text, expression, column)}, 'SHA256')))`)
    case 'partial': {
      const at = `INSTR(${text}, '@')`
      return unlessNull(`SUBSTR(${text}, 1, 1) || '***' || CASE WHEN ${at} > 0 THEN SUBSTR(${text}, ${at}) END`)
    }
    case 'last4':
      return unlessNull(`'***' || CASE WHEN LENGTH(${text}) > 4 THEN SUBSTR(${text}, -4) END`)
    default:
      return mask satisfies never
  }
}

/** A VARCHAR2 of the value, or of the beginning of a LOB. */
function shortText(expression: string, column: Typed): string {
  switch (column.type) {
    case 'integer':
    case 'bigint':
    case 'decimal':
      return numberText(expression, column)
    case 'text':
    case 'json':
      return sortableSql(expression, column)
    case 'binary':
      return `RAWTOHEX(${sortableSql(expression, column)})`
    case 'float':
      return `TO_CHAR(${expression})`
    default:
      return outputSql(expression, column).sql
  }
}

/** STANDARD_HASH takes no LOB: of one that is longer than its beginning, the length is hashed with it. */
function hashed(text: string, expression: string, column: Typed): string {
  if (!isClob(column)) return text
  const length = `DBMS_LOB.GETLENGTH(${expression})`
  return `${text} || CASE WHEN ${length} > 1000 THEN TO_CHAR(${length}) END`
}
