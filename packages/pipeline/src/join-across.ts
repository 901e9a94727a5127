import {
  type AcrossPlan,
  type Answer,
  type Call,
  type Column,
  coerce,
  Failure,
  type JsonText,
  type JsonValue,
  type Plan,
  parseJson,
  type Result,
  type SelectPlan,
} from '@gatehouse/core'
import { elementsOf, membersOf, objectText } from './record-text.js'
import type { View } from './view.js'

/** Runs a call of another service, as any other: for the same caller, with its own grants, limits and audit event. */
export type InnerCall = (call: Call) => Promise<Answer>

/** The most keys in one call, and the most calls for one relationship. */
const batchKeys = 500
const mostCalls = 100

/** The operation that reads records, and what it calls its table. */
const reading = 'get_table_data'

/** Puts the related records of other services into the records of a page, or into the one. Other results stay. */
export async function joinAcross(
  result: Result,
  plan: Plan,
  view: View,
  call: Call,
  inner: InnerCall,
): Promise<Result> {
  const across = plan.kind === 'select' ? plan.across : undefined
  if (plan.kind !== 'select' || !across || (result.kind !== 'page' && result.kind !== 'record')) return result
  const text = textOf(result.text)
  const records = (result.kind === 'page' ? elementsOf(text) : [text]).map((record) => new Map(membersOf(record)))
  for (const one of across.plans) await join(one, records, plan, view, call, inner)
  for (const record of records) for (const name of across.added) record.delete(name)
  const [first] = records
  if (result.kind === 'record') return { ...result, text: first ? objectText(first) : text }
  return { ...result, text: `[${records.map(objectText).join(',')}]` }
}

async function join(
  plan: AcrossPlan,
  records: readonly Map<string, string>[],
  of: SelectPlan,
  view: View,
  call: Call,
  inner: InnerCall,
): Promise<void> {
  if (call.shows && !call.shows(plan.service)) {
    throw new Failure('invalid', `Unknown relationship \`${plan.relationship}\` of \`${of.table}\``)
  }
  const table = view.others.get(plan.service)?.tables.get(plan.table)
  const columns = plan.foreignColumns.flatMap((name) => table?.columns.get(name) ?? [])
  const keys = new Map<string, Key>()
  const keyOf = records.map((record) => {
    const key = readKey(
      plan.links.map((name) => record.get(name)),
      columns,
    )
    if (key && !keys.has(key.id)) keys.set(key.id, key)
    return key?.id
  })
  const found = new Map<string, string[]>()
  const pending = [...keys.values()]
  for (let start = 0; start < pending.length; start += batchKeys) {
    const batch = pending.slice(start, start + batchKeys)
    await fetchBatch(batch, plan, columns, found, { ...of, from: view.service.name }, call, inner)
  }
  for (const [i, record] of records.entries()) {
    const related = found.get(keyOf[i] ?? '') ?? []
    record.set(plan.relationship, plan.kind === 'belongs_to' ? (related[0] ?? 'null') : `[${related.join(',')}]`)
  }
}

/** The values that link, as JSON for the other service, and one text that is equal for equal ones. */
interface Key {
  readonly id: string
  readonly values: readonly JsonValue[]
}

/** Undefined where one of the values is NULL, or none that the other side's column can hold: nothing is related then. */
function readKey(texts: readonly (string | undefined)[], columns: readonly Column[]): Key | undefined {
  if (columns.length !== texts.length) return undefined
  const values: JsonValue[] = []
  const parts: string[] = []
  for (const [i, column] of columns.entries()) {
    const value = parseJson(texts[i] ?? 'null')
    if (value === null || value === '') return undefined
    try {
      const scalar = coerce(value, column)
      parts.push(scalar instanceof Uint8Array ? Buffer.from(scalar).toString('base64') : String(scalar))
    } catch {
      return undefined
    }
    values.push(value)
  }
  return { id: JSON.stringify(parts), values }
}

/**
 * Asks for the records of some keys, in order of the key, until each key has as many as it may or there are no more. A
 * key with very many cannot keep the others from theirs: it is done when it has its own.
 */
async function fetchBatch(
  batch: readonly Key[],
  plan: AcrossPlan,
  columns: readonly Column[],
  found: Map<string, string[]>,
  of: SelectPlan & { readonly from: string },
  call: Call,
  inner: InnerCall,
): Promise<void> {
  let pending = batch
  if (plan.limit === 0) return
  for (let calls = 0; pending.length > 0; calls++) {
    if (calls === mostCalls) {
      throw new Failure('too_large', `\`${plan.relationship}\` needs too many calls of \`${plan.service}\``, {
        hint: 'Ask for fewer records at a time, or narrow the relationship by its filter',
      })
    }
    const { records, more, added } = await fetchPage(pending, plan, of, call, inner)
    const page = new Map<string, string[]>()
    for (const record of records) {
      const members = new Map(membersOf(record))
      const key = readKey(
        plan.foreignColumns.map((name) => members.get(name)),
        columns,
      )
      if (!key) continue
      for (const name of added) members.delete(name)
      const own = page.get(key.id) ?? []
      page.set(key.id, own)
      if (own.length < plan.limit) own.push(added.length > 0 ? objectText(members) : record)
    }
    const ids = [...page.keys()]
    const last = ids.at(-1)
    // Of the last key of a page there may be more on the next one, which begins with it.
    const cut =
      more && ids.length > 1 && last !== undefined && (page.get(last)?.length ?? 0) < plan.limit ? last : undefined
    for (const [id, own] of page) if (id !== cut) found.set(id, own)
    pending = more && ids.length > 0 ? pending.filter(({ id }) => !found.has(id)) : []
  }
}

async function fetchPage(
  keys: readonly Key[],
  plan: AcrossPlan,
  of: SelectPlan & { readonly from: string },
  call: Call,
  inner: InnerCall,
): Promise<{ readonly records: readonly string[]; readonly more: boolean; readonly added: readonly string[] }> {
  const { foreignColumns: columns, input } = plan
  const fields = fieldsOf(input.fields)
  const added = fields ? columns.filter((name) => !fields.includes(name)) : []
  const order = [
    ...columns.map(quoted),
    ...(typeof input.order === 'string' && input.order !== '' ? [input.order] : []),
  ]
  // Neither bytes for a file nor records that are escaped already: they are put into others first.
  const { content: _content, escaped: _escaped, ...rest } = call
  const answer = await inner({
    ...rest,
    service: plan.service,
    operation: reading,
    input: {
      ...input,
      table_name: plan.table,
      ids: keys.map(({ values }) => (values.length === 1 ? (values[0] ?? null) : values)),
      id_field: columns.map(quoted),
      order: order.join(','),
      limit: Math.min(keys.length * plan.limit, mostRecords),
      ...(fields ? { fields: [...fields, ...added] } : {}),
    },
    origin: `${of.from}/_table/${of.table}`,
  })
  if (answer.kind !== 'records') throw new Failure('internal', 'Another service answered no page')
  return { records: elementsOf(textOf(answer.text)), more: 'next' in answer.meta, added }
}
const mostRecords = 1000

/** A list of names, or undefined for all columns. */
function fieldsOf(fields: JsonValue | undefined): readonly string[] | undefined {
  if (Array.isArray(fields)) return fields.length > 0 && !fields.includes('*') ? fields.map(String) : undefined
  if (typeof fields !== 'string' || fields.trim() === '' || fields.trim() === '*') return undefined
  return fields.split(',').map((name) => name.trim())
}

function quoted(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : name.includes('"') ? `\`${name}\`` : `"${name}"`
}

function textOf(text: JsonText): string {
  return typeof text === 'string' ? text : Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('utf8')
}
