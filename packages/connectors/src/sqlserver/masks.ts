import type { Mask } from '@gatehouse/core'
import type { Typed } from '../sql/dialect.js'
import { unicodeText } from './output.js'
import { foldingCollation, utf8Collation } from './text-sql.js'

/** A value that is not to be seen, as text: made by the server, so that the value never leaves it. */
export function maskSql(mask: Mask, expression: string, column: Typed, keyParam: string): string {
  const text = `CAST(${unicodeText(expression, column)} AS nvarchar(max)) COLLATE ${foldingCollation}`
  const present = (masked: string) => `CASE WHEN ${expression} IS NOT NULL THEN ${masked} END`
  switch (mask) {
    case 'null':
      return 'NULL'
    case 'redact':
      return present(`N'***'`)
    case 'hash': {
      // The bytes of UTF-8, so that every database makes the same hash of the same text.
      const bytes = `CAST(CONCAT(${keyParam}, ${text}) COLLATE ${utf8Collation} AS varchar(max))`
      return present(`LOWER(CONVERT(nvarchar(64), HASHBYTES('SHA2_256', ${bytes}), 2))`)
    }
    case 'partial': {
      const at = `CHARINDEX(N'@', ${text})`
      const host = `CASE WHEN ${at} > 0 THEN SUBSTRING(${text}, ${at}, LEN(${text})) ELSE N'' END`
      return present(`CONCAT(LEFT(${text}, 1), N'***', ${host})`)
    }
    case 'last4':
      return present(`CASE WHEN LEN(${text}) > 4 THEN CONCAT(N'***', RIGHT(${text}, 4)) ELSE N'***' END`)
    default:
      return mask satisfies never
  }
}
