import type { Check } from '@gatehouse/core'
import { is, type Token, tokensOf } from './sql-tokens.js'

/** A check as it stands in CREATE TABLE; `values` where it lists the values of one column. */
export interface ParsedCheck extends Check {
  readonly column?: string
  readonly values?: readonly string[]
}

/** The checks of a CREATE TABLE. What is not understood is left out of `values`, never guessed. */
export function checksOf(sql: string): ParsedCheck[] {
  const tokens = tokensOf(sql)
  const checks: ParsedCheck[] = []
  let depth = 0
  for (let i = 0; i < tokens.length; i++) {
    if (is(tokens[i], '(')) depth++
    else if (is(tokens[i], ')')) depth--
    else if (depth === 1 && is(tokens[i], 'CHECK') && is(tokens[i + 1], '(')) {
      const close = closing(tokens, i + 1)
      const inner = tokens.slice(i + 2, close)
      const named = is(tokens[i - 2], 'CONSTRAINT') ? tokens[i - 1]?.value : undefined
      const expression = sql.slice(inner[0]?.start ?? 0, inner.at(-1)?.end ?? 0)
      checks.push({ name: named ?? `check_${checks.length + 1}`, expression, ...listed(inner) })
      i = close
    }
  }
  return checks
}

function closing(tokens: readonly Token[], open: number): number {
  let depth = 0
  for (let i = open; i < tokens.length; i++) {
    if (is(tokens[i], '(')) depth++
    else if (is(tokens[i], ')') && --depth === 0) return i
  }
  return tokens.length
}

/** `status IN ('open', 'closed')`, and nothing else but that; or the same behind `status IS NULL OR`. */
function listed(tokens: readonly Token[]): { column?: string; values?: readonly string[] } {
  const [column, is1, is2, or] = tokens
  if (is(is1, 'IS') && is(is2, 'NULL') && is(or, 'OR') && tokens[4]?.value === column?.value) {
    return listed(tokens.slice(4))
  }
  if (!column || (column.kind !== 'word' && column.kind !== 'name') || !is(is1, 'IN') || !is(is2, '(')) return {}
  if (closing(tokens, 2) !== tokens.length - 1) return {}
  const values: string[] = []
  const inner = tokens.slice(3, -1)
  for (let i = 0; i < inner.length; i++) {
    const token = inner[i]
    if (i % 2 === 1 ? !is(token, ',') : token?.kind !== 'text') return {}
    if (i % 2 === 0 && token) values.push(token.value)
  }
  return inner.length % 2 === 1 ? { column: column.value, values } : {}
}

/** The verbs for which a view has an INSTEAD OF trigger, of the trigger's CREATE statement. */
export function insteadOf(sql: string): 'create' | 'update' | 'delete' | undefined {
  const tokens = tokensOf(sql)
  const at = tokens.findIndex((token, i) => is(token, 'INSTEAD') && is(tokens[i + 1], 'OF'))
  const verb = at < 0 ? undefined : tokens[at + 2]
  if (is(verb, 'INSERT')) return 'create'
  if (is(verb, 'UPDATE')) return 'update'
  return is(verb, 'DELETE') ? 'delete' : undefined
}
