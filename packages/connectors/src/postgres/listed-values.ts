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
  // As PostgreSQL quotes it. A bracket in a name would be taken for the expression's, so that such a column has none.
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

/** One quoted text with its casts, and the comma or bracket behind it. */
const item = /\s*\(*'((?:[^']|'')*)'(?:::[\w" ]+(?:\(\d+\))?|\))*\s*([,\]])/y
/** What may stand behind the list: casts and brackets, but no other condition. */
const onlyCasts = /^(?:\)|::[\w" ]+\[\])*$/

function valuesIn(expression: string, name: string): readonly string[] | undefined {
  const [left = '', right, ...more] = expression.split(' = ANY (')
  if (right === undefined || more.length > 0) return undefined
  const compared = left.replace(/[()]/g, '').replace(/::[\w" ]+$/, '')
  const start = /^\(*ARRAY\[/.exec(right)
  if (compared !== name || !start) return undefined
  const values: string[] = []
  item.lastIndex = start[0].length
  for (let found = item.exec(right); found; found = item.exec(right)) {
    values.push((found[1] ?? '').replaceAll("''", "'"))
    if (found[2] === ']') return onlyCasts.test(right.slice(item.lastIndex)) ? values : undefined
  }
  return undefined
}
