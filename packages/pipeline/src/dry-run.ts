import {
  type DryRunResult,
  type Filter,
  type JsonObject,
  type JsonValue,
  type OrderTerm,
  type Plan,
  type Projection,
  printFilter,
} from '@gatehouse/core'

/**
 * What a call would do: its shape with `?` for each value, and what the source found. The caller's own part only:
 * row policies are not told.
 */
export function dryRunValue(operation: string, resource: string, plan: Plan, result?: DryRunResult): JsonObject {
  return present({
    dry_run: true,
    operation,
    resource,
    ...shapeOf(plan),
    estimate: result?.estimate && present({ rows: result.estimate.rows, cost: result.estimate.cost }),
    affected: result?.affected,
  })
}

function shapeOf(plan: Plan): Record<string, JsonValue | undefined> {
  switch (plan.kind) {
    case 'select':
      return {
        columns: names(plan.columns),
        filter: text(plan.filter),
        order: orderText(plan.order),
        limit: plan.stream ? undefined : plan.limit,
        offset: plan.offset > 0 ? plan.offset : undefined,
        related: plan.related.length > 0 ? plan.related.map((related) => related.relationship) : undefined,
      }
    case 'aggregate':
      return {
        group_by: plan.groups.map((group) => (group.bucket ? `${group.bucket}(${group.column})` : group.column)),
        aggregates: plan.aggregates.map(
          (term) => `${term.function}(${term.distinct ? 'distinct ' : ''}${term.column ?? '*'})`,
        ),
        filter: text(plan.filter),
        having: text(plan.having),
        order: orderText(plan.order),
        limit: plan.limit,
      }
    case 'insert':
      return { columns: [...new Set(plan.rows.flatMap((row) => [...row.keys()]))], records: plan.rows.length }
    case 'update':
      return {
        columns: [...new Set(plan.changes.flatMap((change) => [...change.set.keys()]))],
        filter: text(plan.changes.find((change) => change.by === 'filter')?.filter),
        records: plan.changes.every((change) => change.by === 'key') ? plan.changes.length : undefined,
      }
    case 'delete':
      return plan.targets.by === 'key' ? { records: plan.targets.keys.length } : { filter: text(plan.targets.filter) }
    case 'call':
      return { parameters: [...plan.values.keys()] }
    case 'catalog':
    case 'control':
      return {}
    case 'file_copy':
      return { path: plan.path, source_path: plan.source, delete_source: plan.deleteSource }
    default:
      return { path: plan.path }
  }
}

function names(columns: readonly Projection[]): readonly string[] {
  return columns.map((column) => column.name)
}

function text(filter: Filter | undefined): string | undefined {
  return filter && printFilter(filter)
}

function orderText(order: readonly OrderTerm[]): string | undefined {
  if (order.length === 0) return undefined
  return order
    .map(({ path, descending }) => `${[path.column, ...path.keys].join('->')}${descending ? ' desc' : ''}`)
    .join(', ')
}

function present(members: Record<string, JsonValue | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
