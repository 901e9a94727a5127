import { allOf, Failure, type Filter, type JsonObject, type PageLimits, type SelectPlan } from '@gatehouse/core'
import { acrossOf } from './across.js'
import { flagOf, paramsOf, textOf, wholeOf } from './arguments.js'
import { fieldsText, filterOf, orderText } from './clauses.js'
import { isKey, isOneOf, keyColumnsOf, readId, readIds } from './ids.js'
import { afterCursor, countOf, formatOf, isStreamed, limitOf, offsetOf } from './page.js'
import type { PreparedTable } from './prepared-table.js'
import { relatedOf } from './related.js'
import type { Source } from './source.js'

/** A page of records, or all of them as a stream. */
export function planList(source: Source, prepared: PreparedTable, input: JsonObject, limits: PageLimits): SelectPlan {
  if (textOf(input.having) !== undefined) {
    throw new Failure('invalid', '`having` is a condition on groups, and nothing is grouped', {
      hint: 'Use `filter`, or say what to group by',
    })
  }
  const order = textOf(orderText(input.order))
  const sorted = order === undefined ? prepared.order : prepared.orderBy(order)
  const filter = allOf(filterOf(source, prepared, textOf(input.filter), paramsOf(input.params)), idsOf(prepared, input))
  const cursor = textOf(input.cursor)
  const format = formatOf(input)
  const stream = isStreamed(input, format, limits)
  const asked = wholeOf(input.limit)
  const page = stream ? { limit: asked ?? Number.MAX_SAFE_INTEGER } : limitOf(asked, limits)
  const count = countOf(input.include_count, flagOf(input.count_only))
  if (stream && count === 'only') throw countIsJson()
  const shown = acrossOf(prepared, input, columnsOf(prepared, input), limits)
  if (shown.across && format !== 'json') throw onlyJson()
  return {
    kind: 'select',
    shape: 'page',
    table: prepared.table.name,
    ...shown,
    ...(filter && { filter }),
    order: sorted.terms,
    ...page,
    offset: offsetOf(input),
    ...(cursor !== undefined && { after: afterCursor(cursor, sorted, prepared) }),
    keyset: sorted.keyset && !stream,
    related: relatedOf(source, prepared, input, limits),
    count,
    format,
    stream,
    numbers: numbersOf(input),
    etag: false,
    ...(flagOf(input.include_schema) && { includeSchema: true }),
    ...(flagOf(input.dry_run) && { dryRun: true }),
  }
}

/** One bare record. Its entity tag is that of the whole record in its default form, so that If-Match can check it. */
export function planOne(source: Source, prepared: PreparedTable, input: JsonObject, limits: PageLimits): SelectPlan {
  const key = keyColumnsOf(prepared, input.id_field)
  const whole = columnsOf(prepared, input)
  const { columns, across } = acrossOf(prepared, input, whole, limits)
  const related = relatedOf(source, prepared, input, limits)
  const numbers = numbersOf(input)
  return {
    kind: 'select',
    shape: 'one',
    table: prepared.table.name,
    columns,
    ...(across && { across }),
    filter: isKey(key.paths, readId(input.id, key)),
    // What `id_field` names need not be unique, and then it is the first by its key.
    order: key.names === prepared.key ? unordered : prepared.order.terms,
    limit: 1,
    offset: 0,
    keyset: false,
    related,
    count: 'none',
    format: 'json',
    stream: false,
    numbers,
    etag: !across && columns === prepared.every && related.length === 0 && numbers === 'number',
    ...(flagOf(input.dry_run) && { dryRun: true }),
  }
}

function countIsJson(): Failure {
  return new Failure('invalid', '`count_only` does not go with csv, ndjson or a file', {
    hint: 'Ask for JSON: the count is in `meta`',
  })
}

function onlyJson(): Failure {
  return new Failure('invalid', 'Related records of another service come in pages of JSON only', {
    hint: 'Leave out `format` and `file`, or the relationship',
  })
}

/** As many as one IN of a filter may list. */
const mostIds = 10_000

const unordered: SelectPlan['order'] = []

function columnsOf(prepared: PreparedTable, input: JsonObject): SelectPlan['columns'] {
  const fields = fieldsText(input.fields)
  if (fields !== undefined) return fields === '*' ? prepared.every : prepared.projection(fields)
  return flagOf(input.as_list) ? prepared.keyProjection : prepared.every
}

/** Records named one by one. */
function idsOf(prepared: PreparedTable, input: JsonObject): Filter | undefined {
  const ids = input.ids
  if (ids === undefined || ids === null) return undefined
  const key = keyColumnsOf(prepared, input.id_field)
  const keys = readIds(ids, key)
  if (keys.length > mostIds) {
    throw new Failure('invalid', `\`ids\` has ${keys.length} ids; ${mostIds} are allowed`)
  }
  return isOneOf(key.paths, keys)
}

export function numbersOf(input: JsonObject): 'number' | 'string' {
  return input.numbers === 'string' ? 'string' : 'number'
}
