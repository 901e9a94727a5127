import type { Check } from '@gatehouse/core'

/**
 * The values that a check lists for a column, as pg_get_expr prints `col IN ('a', 'b')`:
 * `((col)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))`. Undefined where no check is just that.
 */
export function listedValues(
  column: string,
  checks: readonly Check[],
  domainChecks: readonly string[],
): readonly string[] | undefined {
  const own = plainName.test(column) ? column : `"${column.replaceAll('"', '""')}"`
  for (const { expression } of checks) {
    const values = valuesIn(expression, own)
    if (values) return values
  }
  for (const expression of domainChecks) {
    const values = valuesIn(expression, 'VALUE')
    if (values) return values
  }
  return undefined
}

const plainName = /^[a-z_][a-z0-9_$]*$/

function valuesIn(expression: string, name: string): readonly string[] | undefined {
  if (!expression.includes(' = ANY (')) return undefined
  const escaped = name.replace(/[\\^$.|?+*()[\]{}]/g, '\\$&')
  const list = new RegExp(
    `^\\(*\\(?"?${escaped.replace(/^"|"$/g, '')}"?\\)?(?:::[\\w" ]+)?\\)* = ANY \\(+ARRAY\\[(.*)\\]\\)*(?:::[\\w" ]+\\[\\])?\\)*$`,
  ).exec(expression)
  if (!list?.[1]) return undefined
  const values: string[] = []
  const item = /\s*'((?:[^']|'')*)'(?:::[\w" ]+(?:\(\d+\))?)?\s*(,|$)/y
  while (item.lastIndex < list[1].length) {
    const found = item.exec(list[1])
    if (!found) return undefined
    values.push((found[1] ?? '').replaceAll("''", "'"))
  }
  return values.length > 0 ? values : undefined
}
