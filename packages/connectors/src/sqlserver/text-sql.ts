import type { Table } from '@gatehouse/core'

/** Quotes one identifier. Brackets work whatever QUOTED_IDENTIFIER says. */
export function quote(name: string): string {
  return `[${name.replaceAll(']', ']]')}]`
}

/** The quoted, qualified name of a table or routine. */
export function qualified({ schema, name }: Table['source']): string {
  return schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`
}

/** A text as SQL, in UTF-16. A quote is all that has to be doubled. */
export function textLiteral(text: string): string {
  return `N'${text.replaceAll("'", "''")}'`
}

/** By code points: what is not equal to the last bit is another text. */
export const exactCollation = 'Latin1_General_100_BIN2'
/** Knows upper and lower case of every script by the same rules everywhere, and pairs of surrogates. */
export const foldingCollation = 'Latin1_General_100_CI_AS_SC'
/** As `exactCollation`, for texts that are to become bytes of UTF-8. */
export const utf8Collation = 'Latin1_General_100_BIN2_UTF8'
