import type { FilterToken } from './filter-tokens.js'

/** A run of tokens of a filter: one condition, or what stands between two (connectors, brackets, spaces). */
export interface FilterPart {
  readonly kind: 'condition' | 'between'
  readonly tokens: readonly FilterToken[]
}

/**
 * Splits a filter's tokens into conditions at AND, OR, NOT and grouping brackets. The AND of a BETWEEN and everything
 * in the brackets of a list belong to their condition. Wrong filters are split somehow, but nothing gets lost.
 */
export function filterConditions(tokens: readonly FilterToken[]): readonly FilterPart[] {
  const parts: FilterPart[] = []
  let condition: FilterToken[] = []
  let listDepth = 0
  let betweens = 0
  const end = (token: FilterToken) => {
    if (condition.length > 0) parts.push({ kind: 'condition', tokens: condition })
    parts.push({ kind: 'between', tokens: [token] })
    condition = []
    betweens = 0
  }
  for (const token of tokens) {
    const word = token.kind === 'word' || token.kind === 'symbol' ? token.text.toUpperCase() : ''
    const begun = condition.length > 0
    if (listDepth > 0 || (word === '(' && begun)) {
      listDepth += word === '(' ? 1 : word === ')' ? -1 : 0
      condition.push(token)
    } else if (word === 'AND' && betweens > 0) {
      betweens--
      condition.push(token)
    } else if (connectors.has(word) || (!begun && (prefixes.has(word) || token.kind === 'space'))) {
      end(token)
    } else {
      if (word === 'BETWEEN') betweens++
      condition.push(token)
    }
  }
  if (condition.length > 0) parts.push({ kind: 'condition', tokens: condition })
  return parts
}

const connectors = new Set(['AND', 'OR', '&&', '||', ')'])
const prefixes = new Set(['NOT', '!', '('])
