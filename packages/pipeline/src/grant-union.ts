import { anyOf, type Catalog, type Filter, type Grant, type Table } from '@gatehouse/core'
import { rowPolicy } from './row-policy.js'

/** What several grants allow together: each row that one of them allows. */
export interface GrantUnion {
  readonly grants: readonly Grant[]
  /** Absent: all rows. Attributes are still open. */
  readonly policy?: Filter
  /** The policies' texts, for the audit. */
  readonly text?: string
  /** Absent: no limit, since one of the grants sets none. */
  readonly maxRows?: number
  /** Milliseconds. */
  readonly timeoutMs?: number
}

export function unite(grants: readonly Grant[], table: Table, catalog: Catalog): GrantUnion {
  // Parsed even where another grant allows all rows: a broken policy must be noticed, not hidden.
  const policies = grants.map((grant) => rowPolicy(grant, table, catalog))
  const limited = policies.filter((policy): policy is Filter => policy !== undefined)
  const everyRow = limited.length < policies.length
  const maxRows = largestOf(grants.map((grant) => grant.maxRows))
  const timeoutMs = largestOf(grants.map((grant) => grant.timeoutMs))
  return {
    grants,
    ...(everyRow ? {} : { policy: anyOf(limited), text: textOf(grants) }),
    ...(maxRows === undefined ? {} : { maxRows }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  }
}

function textOf(grants: readonly Grant[]): string {
  const texts = [...new Set(grants.map((grant) => grant.rows ?? 'true'))]
  return texts.length === 1 ? (texts[0] ?? '') : texts.map((text) => `(${text})`).join(' or ')
}

/** The largest of the limits; undefined where one is missing, since that grant has none. */
export function largestOf(limits: readonly (number | undefined)[]): number | undefined {
  let most: number | undefined
  for (const limit of limits) {
    if (limit === undefined) return undefined
    most = most === undefined ? limit : Math.max(most, limit)
  }
  return most
}
