import { type Filter, type JsonValue, parseFilter } from '@gatehouse/core'
import { listOf, type paramsOf, textOf } from './arguments.js'
import type { PreparedTable } from './prepared-table.js'
import type { Source } from './source.js'

/** `fields` as one text, by which its projection is remembered; nothing said is undefined. */
export function fieldsText(value: JsonValue | undefined): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && !value.startsWith('[')) return textOf(value.trim())
  const names = listOf(value, 'fields') ?? []
  return names.length === 0 ? undefined : names.map(quoteForList).join(',')
}

/** A name with a comma or bracket of its own, or one that begins with a quote, is kept whole by quotes. */
function quoteForList(name: string): string {
  if (!/[,()"`]/.test(name) || /^(["`]).*\1$/.test(name) || /\w\s*\(/.test(name)) return name
  return name.includes('"') ? `\`${name}\`` : `"${name}"`
}

/** `order` as one text. */
export function orderText(value: JsonValue | undefined): string | undefined {
  if (value === undefined || (typeof value === 'string' && !value.startsWith('['))) return textOf(value)
  return textOf((listOf(value, 'order') ?? []).join(','))
}

/** The filter of a text; remembered unless values come from elsewhere. Throws `invalid` with the position. */
export function filterOf(
  source: Source,
  prepared: PreparedTable,
  text: string | undefined,
  params: ReturnType<typeof paramsOf>,
): Filter | undefined {
  if (text === undefined) return undefined
  if (params === undefined) return prepared.filter(text)
  return parseFilter(text, { table: prepared.table, catalog: source.catalog, params })
}
