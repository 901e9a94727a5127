import {
  Failure,
  type Filter,
  type JsonObject,
  type JsonValue,
  type PageLimits,
  type RelatedPlan,
  type Relationship,
  suggest,
  type Table,
} from '@gatehouse/core'
import { acrossIn } from './across-path.js'
import { listOf, paramsOf, textOf, unquoted } from './arguments.js'
import { fieldsText, filterOf, orderText } from './clauses.js'
import { memo } from './memo.js'
import type { PreparedTable } from './prepared-table.js'
import type { Source } from './source.js'

/** Records a parent where nothing is said. */
export const relatedLimit = 100
const deepest = 5

const options = ['fields', 'filter', 'order', 'limit'] as const
type Option = (typeof options)[number]

/** Input properties such as `orders_by_customer_id.limit`. */
export const relatedOptionPattern = '^.+\\.(fields|filter|order|limit)$'

interface Node {
  readonly options: Partial<Record<Option, JsonValue>>
  readonly children: Map<string, Node>
}

const none: readonly RelatedPlan[] = []

type Most = Pick<PageLimits, 'most'>

/** Trees without options: the same object for the same words. */
const plain = new WeakMap<PreparedTable, (mostAndRelated: string) => readonly RelatedPlan[]>()

/**
 * `related` and its options as a tree. An option asks for its relationship too. `*` is every relationship of the table.
 * Throws `invalid` for a relationship that is not there.
 */
export function relatedOf(
  source: Source,
  prepared: PreparedTable,
  input: JsonObject,
  limits: Most,
): readonly RelatedPlan[] {
  const { related } = input
  if (!hasOptions(input)) {
    if (related === undefined || related === null) return none
    if (typeof related === 'string') return plainTree(source, prepared, related, limits.most)
  }
  return treeOf(source, prepared, input, limits)
}

function plainTree(source: Source, prepared: PreparedTable, related: string, most: number): readonly RelatedPlan[] {
  let trees = plain.get(prepared)
  if (!trees) {
    trees = memo(50, (key) => {
      const colon = key.indexOf(':')
      return treeOf(source, prepared, { related: key.slice(colon + 1) }, { most: Number(key.slice(0, colon)) })
    })
    plain.set(prepared, trees)
  }
  return trees(`${most}:${related}`)
}

function hasOptions(input: JsonObject): boolean {
  for (const name in input) if (name.includes('.')) return true
  return false
}

function treeOf(source: Source, prepared: PreparedTable, input: JsonObject, limits: Most): readonly RelatedPlan[] {
  const root = newNode()
  for (const path of listOf(input.related, 'related') ?? []) {
    for (const name of path === '*' ? visible(source, prepared.table) : [unquoted(path)]) {
      if (!acrossIn(prepared.table, name)) nodeAt(source, prepared.table, root, name)
    }
  }
  for (const name in input) {
    const dot = name.lastIndexOf('.')
    const option = dot < 1 ? undefined : options.find((o) => o === name.slice(dot + 1))
    const value = input[name]
    if (option === undefined || value === undefined || acrossIn(prepared.table, name.slice(0, dot))) continue
    nodeAt(source, prepared.table, root, name.slice(0, dot)).options[option] = value
  }
  return plansOf(source, prepared, root, paramsOf(input.params), limits)
}

function newNode(): Node {
  return { options: {}, children: new Map() }
}

/** The node of a dotted path, made where it is not there yet. */
function nodeAt(source: Source, table: Table, root: Node, path: string): Node {
  let node = root
  const steps = stepsOf(source, table, path)
  if (steps === undefined) throw unknownRelationship(source, table, path)
  if (steps.length > deepest) throw new Failure('invalid', `\`related\` may be ${deepest} relationships deep`)
  for (const step of steps) {
    let child = node.children.get(step)
    if (!child) {
      child = newNode()
      node.children.set(step, child)
    }
    node = child
  }
  return node
}

/**
 * The relationships along a path. A name may hold dots itself (`sales.orders_by_customer_id`), so each cut is tried,
 * the shortest name first.
 */
function stepsOf(source: Source, table: Table, path: string): readonly string[] | undefined {
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const name = path.slice(0, dot)
    const other = leadsOn(source, table, name)
    const rest = other && stepsOf(source, other, path.slice(dot + 1))
    if (rest) return [name, ...rest]
  }
  return leadsOn(source, table, path) ? [path] : undefined
}

/** The table at the other end, where the caller may read it. */
function leadsOn(source: Source, table: Table, name: string): Table | undefined {
  const relationship = table.relationships.get(name)
  if (!relationship) return undefined
  const other = source.catalog.tables.get(relationship.table)
  return other?.can.read ? other : undefined
}

function visible(source: Source, table: Table): readonly string[] {
  return [...table.relationships.keys()].filter((name) => leadsOn(source, table, name))
}

/** Names the first step that leads nowhere, with those that would. */
function unknownRelationship(source: Source, table: Table, path: string): Failure {
  let at = table
  let rest = path
  for (let dot = rest.indexOf('.'); dot > 0; dot = rest.indexOf('.', dot + 1)) {
    const next = leadsOn(source, at, rest.slice(0, dot))
    if (!next) continue
    at = next
    rest = rest.slice(dot + 1)
    dot = -1
  }
  return new Failure('invalid', `Unknown relationship \`${rest.slice(0, 100)}\` of \`${at.name}\``, {
    hint: suggest(rest, 'Relationships', [...visible(source, at), ...(at === table ? (at.across?.keys() ?? []) : [])]),
    context: { relationship: rest.slice(0, 100) },
  })
}

function plansOf(
  source: Source,
  prepared: PreparedTable,
  node: Node,
  params: ReturnType<typeof paramsOf>,
  limits: Most,
): readonly RelatedPlan[] {
  const plans: RelatedPlan[] = []
  for (const [name, child] of node.children) {
    const relationship = prepared.table.relationships.get(name)
    if (!relationship) continue
    const other = source.table(relationship.table, 'read')
    const filter = filterOf(source, other, textOf(child.options.filter), params)
    const order = orderText(child.options.order)
    const fields = fieldsText(child.options.fields)
    const { limit, limited } = limitOf(relationship.kind, child.options.limit, name, limits)
    const plan: RelatedPlan = {
      relationship: name,
      table: relationship.table,
      columns: fields === undefined ? other.every : other.projection(fields),
      order: order === undefined ? other.order.terms : other.orderBy(order).terms,
      limit,
      ...(limited && { limited }),
      related: plansOf(source, other, child, params, limits),
    }
    plans.push(withFilter(plan, filter))
  }
  return plans
}

function withFilter(plan: RelatedPlan, filter: Filter | undefined): RelatedPlan {
  return filter === undefined ? plan : { ...plan, filter }
}

/** Records a parent, and whether the caller has to be told. Throws `invalid` for what is no whole number. */
export function limitOf(
  kind: Relationship['kind'],
  asked: JsonValue | undefined,
  relationship: string,
  { most }: Most,
): { readonly limit: number; readonly limited?: true } {
  const wanted = asked === undefined ? relatedLimit : wholeLimit(asked, relationship)
  if (kind === 'belongs_to') return { limit: Math.min(wanted, 1) }
  return { limit: Math.min(wanted, most), ...((asked === undefined || wanted > most) && { limited: true }) }
}

function wholeLimit(value: JsonValue, relationship: string): number {
  const limit = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  if (typeof limit === 'number' && Number.isInteger(limit) && limit >= 0) return limit
  throw new Failure('invalid', `\`${relationship}.limit\` takes a whole number`)
}
