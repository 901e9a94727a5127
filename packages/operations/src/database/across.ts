import {
  type AcrossPlan,
  type AcrossRelationship,
  Failure,
  type JsonObject,
  type JsonValue,
  type PageLimits,
  type Projection,
  type Table,
} from '@gatehouse/core'
import { acrossIn } from './across-path.js'
import { listOf, unquoted } from './arguments.js'
import type { PreparedTable } from './prepared-table.js'
import { limitOf } from './related.js'

/** Options that are the other service's to judge. */
const passed = ['fields', 'filter', 'order'] as const

interface Wanted {
  readonly relationship: AcrossRelationship
  readonly input: Record<string, JsonValue>
  limit: JsonValue | undefined
  readonly related: string[]
}

/**
 * What `related` and its options ask of other services. The words about records there are handed on as they are: that
 * service reads them for this caller. Undefined where nothing is asked.
 */
export function acrossOf(
  prepared: PreparedTable,
  input: JsonObject,
  columns: readonly Projection[],
  limits: PageLimits,
): { readonly columns: readonly Projection[]; readonly across?: NonNullable<AcrossPlans> } {
  const { table } = prepared
  if (!table.across || table.across.size === 0) return { columns }
  const wanted = wantedOf(table, input)
  if (wanted.size === 0) return { columns }
  const all = [...columns]
  const added: string[] = []
  const linkOf = (column: string): string => {
    const shown = all.find((projection) => projection.column === column)
    if (shown) return shown.name
    const name = `__link_${column}`
    all.push({ name, column })
    added.push(name)
    return name
  }
  const plans = [...wanted.values()].map(({ relationship, input: own, limit, related }): AcrossPlan => {
    const { name, service, kind, foreignColumns } = relationship
    return {
      relationship: name,
      service,
      table: relationship.table,
      kind,
      columns: relationship.columns,
      links: relationship.columns.map(linkOf),
      foreignColumns,
      ...limitOf(kind, limit, name, limits),
      input: {
        ...own,
        ...(related.length > 0 ? { related } : {}),
        ...(input.params === undefined || own.filter === undefined ? {} : { params: input.params }),
        ...(input.numbers === undefined ? {} : { numbers: input.numbers }),
      },
    }
  })
  return { columns: all, across: { plans, added } }
}

type AcrossPlans = { readonly plans: readonly AcrossPlan[]; readonly added: readonly string[] }

function wantedOf(table: Table, input: JsonObject): ReadonlyMap<string, Wanted> {
  const wanted = new Map<string, Wanted>()
  const want = (relationship: AcrossRelationship): Wanted => {
    const known = wanted.get(relationship.name) ?? { relationship, input: {}, limit: undefined, related: [] }
    wanted.set(relationship.name, known)
    return known
  }
  for (const listed of listOf(input.related, 'related') ?? []) {
    if (listed === '*') for (const relationship of table.across?.values() ?? []) want(relationship)
    const found = acrossIn(table, unquoted(listed))
    if (!found) continue
    const own = want(found.relationship)
    if (found.rest !== '') own.related.push(found.rest)
  }
  for (const [name, value] of Object.entries(input)) {
    const dot = name.lastIndexOf('.')
    const found = dot < 1 ? undefined : acrossIn(table, name.slice(0, dot))
    if (!found || value === undefined) continue
    const own = want(found.relationship)
    const option = name.slice(dot + 1)
    if (found.rest !== '') own.input[`${found.rest}.${option}`] = value
    else if (option === 'limit') own.limit = value
    else {
      const known = passed.find((one) => one === option)
      if (!known)
        throw new Failure('invalid', `\`${found.relationship.name}\` has no option \`${option.slice(0, 60)}\``)
      own.input[known] = value
    }
  }
  return wanted
}
