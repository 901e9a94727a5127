import { type DataPlan, type Projection, printFilter, type RelatedPlan, type Row } from '@gatehouse/core'

/** The plan's shape as 16 hexadecimal digits: equal for calls that differ in values only. Not for security. */
export function fingerprint(plan: DataPlan): string {
  const shape = shapeOf(plan)
  const known = hashes.get(shape)
  if (known !== undefined) return known
  if (hashes.size >= mostHashes) hashes.clear()
  const made = hash(shape)
  hashes.set(shape, made)
  return made
}

const hashes = new Map<string, string>()
const mostHashes = 5000

function shapeOf(plan: DataPlan): string {
  switch (plan.kind) {
    case 'select':
      return `select ${plan.shape} ${plan.table} ${names(plan.columns)} where ${readShape(plan)} order ${order(plan.order)} related ${related(plan.related)}`
    case 'aggregate': {
      const groups = plan.groups.map((group) => `${group.bucket ?? ''}(${group.column})`).join()
      const terms = plan.aggregates.map((term) => `${term.function}${term.distinct ? '!' : ''}(${term.column ?? '*'})`)
      const having = plan.having ? printFilter(plan.having) : ''
      return `aggregate ${plan.table} ${groups} ${terms.join()} where ${readShape(plan)} having ${having} order ${order(plan.order)}`
    }
    case 'insert':
      return `${plan.upsert ? 'upsert' : 'insert'} ${plan.table} ${keys(plan.rows[0])} ${names(plan.returning)}`
    case 'update': {
      const [first] = plan.changes
      const by = first?.by === 'filter' && first.filter ? printFilter(first.filter) : plan.keyColumns.join()
      return `update ${plan.table} ${keys(first?.set)} by ${by} ${plan.reset.join()}`
    }
    case 'delete': {
      const { targets } = plan
      return `delete ${plan.table} by ${targets.by === 'filter' && targets.filter ? printFilter(targets.filter) : plan.keyColumns.join()}`
    }
    case 'call':
      return `call ${plan.routine.kind} ${plan.routine.name} ${[...plan.values.keys()].join()}`
    default:
      return plan satisfies never
  }
}

function readShape(plan: { readonly filter?: DataPlanFilter; readonly policy?: DataPlanFilter }): string {
  return `${plan.filter ? printFilter(plan.filter) : ''} & ${plan.policy ? printFilter(plan.policy) : ''}`
}
type DataPlanFilter = Parameters<typeof printFilter>[0]

const namesOf = new WeakMap<readonly Projection[], string>()

function names(columns: readonly Projection[]): string {
  const known = namesOf.get(columns)
  if (known !== undefined) return known
  const text = columns.map((column) => column.column).join()
  namesOf.set(columns, text)
  return text
}

function order(terms: readonly { readonly path: { readonly column: string }; readonly descending: boolean }[]): string {
  let text = ''
  for (const term of terms) text += `${term.path.column}${term.descending ? '-' : '+'}`
  return text
}

function related(plans: readonly RelatedPlan[]): string {
  return plans.map((plan) => `${plan.relationship}(${names(plan.columns)} ${related(plan.related)})`).join()
}

function keys(row: Row | undefined): string {
  return row ? [...row.keys()].join() : ''
}

/** Two FNV-1a hashes with different primes, side by side. */
function hash(text: string): string {
  let a = 0x811c9dc5
  let b = 0x9e3779b9
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    a = Math.imul(a ^ code, 0x01000193)
    b = Math.imul(b ^ code, 0x85ebca6b)
  }
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0')
}
