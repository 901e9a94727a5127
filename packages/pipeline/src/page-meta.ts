import {
  type AggregatePlan,
  encodeCursor,
  type JsonObject,
  type JsonValue,
  type PageResult,
  type SelectPlan,
} from '@gatehouse/core'

const nothing: JsonObject = {}

/**
 * What is to be said of a page: `next` (the offset) and `next_cursor` where there is more, `count` where it was asked
 * for, `cut` where fewer records than asked for were allowed.
 */
export function pageMeta(plan: SelectPlan | AggregatePlan, result: PageResult, schema?: JsonValue): JsonObject {
  if (!result.more && result.count === undefined && plan.cut === undefined && schema === undefined) return nothing
  const meta: Record<string, JsonValue> = {}
  if (result.more) {
    const select = plan.kind === 'select' ? plan : undefined
    // Behind a cursor, nobody knows the offset.
    if (!select?.after) meta.next = plan.offset + result.rows
    if (select?.keyset && result.last) meta.next_cursor = encodeCursor(select.order, result.last)
  }
  if (result.count !== undefined) {
    meta.count = result.count
    if (result.countEstimated) meta.count_estimated = true
  }
  if (plan.cut) meta.cut = { asked: plan.cut.asked, allowed: plan.cut.allowed }
  if (schema !== undefined) meta.schema = schema
  return meta
}
