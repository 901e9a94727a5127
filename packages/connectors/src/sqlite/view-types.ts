import type { ScalarType } from '@gatehouse/core'
import { is, type Token, tokensOf } from './sql-tokens.js'

const texts = new Set([
  'DATE',
  'TIME',
  'DATETIME',
  'STRFTIME',
  'UPPER',
  'LOWER',
  'SUBSTR',
  'SUBSTRING',
  'TRIM',
  'REPLACE',
])
const moreTexts = ['PRINTF', 'FORMAT', 'GROUP_CONCAT', 'STRING_AGG', 'CONCAT', 'CONCAT_WS', 'HEX', 'TYPEOF']
const counts = new Set(['COUNT', 'LENGTH', 'ROW_NUMBER', 'RANK', 'DENSE_RANK', 'UNIXEPOCH', 'INSTR'])
const numbers = new Set(['SUM', 'AVG', 'TOTAL', 'ROUND', 'ABS'])
for (const name of moreTexts) texts.add(name)

/**
 * The types of a view's columns, in order, as far as a well-known function says them: SQLite gives expressions no type.
 * undefined where it is not plain; nothing at all for a view that is more than a SELECT of expressions.
 */
export function viewTypes(sql: string): readonly (ScalarType | undefined)[] {
  const tokens = tokensOf(sql)
  let depth = 0
  const outer = tokens.map((token) => {
    if (is(token, ')')) depth--
    const level = depth
    if (is(token, '(')) depth++
    return level
  })
  const select = tokens.findIndex((token, i) => outer[i] === 0 && is(token, 'SELECT'))
  if (select < 0) return []
  const types: (ScalarType | undefined)[] = []
  let item: Token[] = []
  for (let i = select + 1; i < tokens.length; i++) {
    const token = tokens[i]
    if (!token) break
    const ends = outer[i] === 0 && (is(token, ',') || is(token, 'FROM'))
    if (!ends) {
      // `*` stands for any number of columns.
      if (is(token, '*') && outer[i] === 0 && (item.at(-1)?.value ?? '.').endsWith('.')) return []
      item.push(token)
      continue
    }
    types.push(typeOf(item))
    item = []
    if (is(token, 'FROM')) return types
  }
  return item.length > 0 ? [...types, typeOf(item)] : types
}

/** Of `COUNT(...)` or `COUNT(...) AS n`: the call has to be all there is. */
function typeOf(item: readonly Token[]): ScalarType | undefined {
  const [name, open] = item
  if (name?.kind === 'text') return 'text'
  if (name?.kind !== 'word' || !is(open, '(')) return undefined
  let depth = 0
  const close = item.findIndex((token) => {
    if (is(token, '(')) depth++
    return is(token, ')') && --depth === 0
  })
  const rest = item.slice(close + 1)
  const isAlias = rest.length === 0 || (is(rest[0], 'AS') && rest.length === 2) || rest.length === 1
  if (close < 0 || !isAlias) return undefined
  const call = name.value.toUpperCase()
  if (counts.has(call)) return 'bigint'
  if (numbers.has(call)) return 'decimal'
  return texts.has(call) ? 'text' : undefined
}
