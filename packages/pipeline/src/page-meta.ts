import {
  type AggregatePlan,
  encodeCursor,
  type JsonObject,
  type JsonValue,
  type PageResult,
  type RelatedPlan,
  type SelectPlan,
  type StreamResult,
} from '@gatehouse/core'

const nothing: JsonObject = {}

/**
 * What is to be said of a page: `next` (the offset) and `next_cursor` where there is more, `count` where it was asked
 * for, `cut` where fewer records than asked for were allowed, and `related_limits`: how many records each list of related
 * ones has at most, where the caller did not say it.
 */
export function pageMeta(plan: SelectPlan | AggregatePlan, result: PageResult, schema?: JsonValue): JsonObject {
  const related = plan.kind === 'select' ? relatedLimits(plan) : undefined
  if (!result.more && result.count === undefined && !plan.cut && schema === undefined && !related) return nothing
  const meta: Record<string, JsonValue> = {}
  if (result.more) {
    const select = plan.kind === 'select' ? plan : undefined
    // Behind a cursor, nobody knows the offset.
    if (!select?.after) meta.next = plan.offset + result.rows
    if (select?.keyset && result.last) meta.next_cursor = encodeCursor(select.order, result.last)
  }
  addCount(meta, result)
  if (plan.cut) meta.cut = { asked: plan.cut.asked, allowed: plan.cut.allowed }
  if (related) meta.related_limits = related
  if (schema !== undefined) meta.schema = schema
  return meta
}

/** What is to be said of a stream before it begins. */
export function streamMeta(result: StreamResult): JsonObject {
  const meta: Record<string, JsonValue> = {}
  addCount(meta, result)
  return meta
}

function addCount(meta: Record<string, JsonValue>, { count, countEstimated }: PageResult | StreamResult): void {
  if (count === undefined) return
  meta.count = count
  if (countEstimated) meta.count_estimated = true
}

/** By the path of the relationship: `orders_by_customer_id.order_items_by_order_id`. */
function relatedLimits({ related, across }: SelectPlan): JsonObject | undefined {
  const limits: Record<string, number> = {}
  const add = (plans: readonly RelatedPlan[], prefix: string) => {
    for (const { relationship, limit, limited, related: inner } of plans) {
      if (limited) limits[prefix + relationship] = limit
      add(inner, `${prefix}${relationship}.`)
    }
  }
  add(related, '')
  for (const { relationship, limit, limited } of across?.plans ?? []) if (limited) limits[relationship] = limit
  for (const _ in limits) return limits
  return undefined
}
