import { type Api, query } from '../../harness/api.js'
import type { McpClient } from '../mcp-client.js'
import { print } from './condition.js'
import type { Question } from './questions.js'
import { tables } from './world.js'

/** One caller at one gateway. */
export interface Desk {
  readonly api: Api
  readonly mcp: McpClient
}

/** An answer of either surface, with everything in it that a caller can see. */
export interface Told {
  /** The status over REST, or what the code of a tool's failure stands for. */
  readonly status: number
  /** The body and the headers, without what differs from one request to the next. */
  readonly text: string
  /** The body alone. */
  readonly body: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape, and a wrong guess fails the test
  readonly json: any
}

type Input = Record<string, unknown>

/** Sends a question over its surface. A walk through pages is several requests, and its last answer is all of them. */
export async function ask(desk: Desk, question: Question): Promise<Told> {
  const told = await request(desk, question, inputOf(question))
  if (question.ask !== 'pages' || told.status !== 200) return told
  const walk = [told]
  for (let last = told; walk.length < 12; ) {
    const next = question.surface === 'rest' ? last.json?.meta?.next_cursor : last.json?.next_cursor
    if (next === undefined) break
    last = await request(desk, question, { ...inputOf(question), cursor: next })
    walk.push(last)
    if (last.status !== 200) return last
  }
  return {
    status: 200,
    text: walk.map(({ text }) => text).join('\n'),
    body: walk.map(({ body }) => body).join('\n'),
    json: { resource: walk.flatMap(({ json }) => json.resource) },
  }
}

async function request(desk: Desk, question: Question, input: Input): Promise<Told> {
  return question.surface === 'rest' ? overRest(desk.api, question, input) : overMcp(desk.mcp, question, input)
}

function inputOf(question: Question): Input {
  switch (question.ask) {
    case 'list':
      return {
        filter: question.filter && print(question.filter),
        fields: question.fields?.join(','),
        order: question.order?.map(({ column, down }) => `${column}${down ? ' desc' : ''}`).join(', '),
        limit: question.limit,
        offset: question.offset,
        ids: question.ids && (question.table === 'wearing' ? question.ids.map((n) => [n, 1]) : question.ids),
        related: question.related?.join(','),
        ...(question.within && {
          [`${question.within.link}.filter`]: print(question.within.filter),
          [`${question.within.link}.limit`]: 5,
        }),
        include_count: question.count,
        count_only: question.countOnly,
        format: question.format,
        include_schema: question.schema,
        dry_run: question.dryRun,
      }
    case 'pages':
      return { filter: question.filter && print(question.filter), order: question.by, limit: question.size }
    case 'cursor':
      return { order: question.by, cursor: forged(question), limit: 5 }
    case 'one':
      return { id: question.id, id_field: question.idField, related: question.related }
    case 'by_field':
      return { ids: question.values, id_field: question.column }
    case 'aggregate':
      return {
        filter: question.filter && print(question.filter),
        aggregates: [{ function: question.fn, field: question.column, alias: 'result' }],
        group_by: question.group === undefined ? undefined : [question.group],
        having: question.having === undefined ? undefined : `result > ${question.having}`,
      }
    case 'update':
    case 'delete':
      return { ...targets(question), dry_run: question.dryRun, fields: question.fields, id_field: question.idField }
    case 'create':
      return {
        records: question.records,
        upsert: question.upsert || undefined,
        ...(question.mode && { [question.mode]: true }),
        dry_run: question.dryRun,
        fields: question.fields,
      }
    case 'describe':
      return {}
    default:
      return question satisfies never
  }
}

/** A cursor that the gateway never gave, in the form of those that it gives. */
function forged({ by, value, table }: Extract<Question, { ask: 'cursor' }>): string {
  const key = tables[table].key.filter((column) => column !== by)
  const order = [by, ...key].map((column) => `${column}+l`).join()
  return Buffer.from(JSON.stringify([order, value, ...key.map(() => ({ i: '0' }))])).toString('base64url')
}

function targets(question: Extract<Question, { ask: 'update' | 'delete' }>): Input {
  const composite = question.table === 'wearing'
  const ids = composite ? question.ids.map((n) => [n, (n % 5) + 1]) : question.ids
  const set = 'set' in question ? question.set : undefined
  switch (question.by) {
    case 'filter':
      return { filter: print(question.filter), records: set }
    case 'ids':
      return { ids, records: set }
    case 'records':
      return {
        records: question.ids.map((n) => ({
          ...(composite ? { person_id: n, badge_id: (n % 5) + 1 } : { id: n }),
          ...set,
        })),
      }
    case 'force':
      return { force: true, records: set }
    case 'path':
      return {
        id: composite ? `${question.ids[0]},${((question.ids[0] ?? 0) % 5) + 1}` : question.ids[0],
        records: set,
      }
    default:
      return question.by satisfies never
  }
}

const described = ['_schema', '_field', '_related', '_model', '_table', '_spec', '']

async function overRest(api: Api, question: Question, input: Input): Promise<Told> {
  const { table } = question
  const { records, id, ...rest } = defined(input)
  const headers = { 'x-request-id': 'fuzz', accept: '*/*' }
  const list = `/fuzz/_table/${table}`
  const reply = await (() => {
    switch (question.ask) {
      case 'one':
        return api.get(`${list}/${encodeURIComponent(String(id))}${inQuery(rest)}`, headers)
      case 'aggregate':
        if (!question.compatible) return api.post(`${list}/_aggregate`, rest, headers)
        return api.get(`${list}${inQuery(compatible(question, rest))}`, headers)
      case 'update': {
        const method = question.put ? 'PUT' : 'PATCH'
        if (question.by === 'path') return api.send(method, `${list}/${id}${inQuery(rest)}`, records, headers)
        return api.send(method, `${list}${inQuery(rest)}`, { resource: records }, headers)
      }
      case 'delete':
        if (question.by === 'path') return api.send('DELETE', `${list}/${id}${inQuery(rest)}`, undefined, headers)
        return api.send(
          'DELETE',
          `${list}${inQuery(rest)}`,
          records === undefined ? undefined : { resource: records },
          headers,
        )
      case 'create':
        return api.post(`${list}${inQuery(rest)}`, { resource: records }, headers)
      case 'describe': {
        const what = described[question.what % described.length] ?? ''
        const path =
          what === '_schema'
            ? `_schema/${table}`
            : what === '_field' || what === '_related'
              ? `_schema/${table}/${what}`
              : what
        return api.get(`/fuzz/${path}`, headers)
      }
      default:
        return api.get(`${list}${inQuery(rest)}`, headers)
    }
  })()
  return told(reply.status, reply.headers, reply.text)
}

/** `?group=territory&fields=territory,COUNT(*)` */
function compatible(question: Extract<Question, { ask: 'aggregate' }>, { filter, having }: Input): Input {
  const { fn, column, group } = question
  const result = `${fn.toUpperCase()}_${column ?? 'ALL'}`
  return {
    filter,
    ...(group === undefined ? {} : { group }),
    fields: `${group === undefined ? '' : `${group},`}${fn.toUpperCase()}(${column ?? '*'})`,
    ...(having === undefined ? {} : { having: `${result} > ${question.having}` }),
  }
}

const tools = [
  'get_table_schema',
  'get_table_fields',
  'get_table_relationships',
  'get_data_model',
  'get_tables',
  'get_api_spec',
  '',
]

async function overMcp(mcp: McpClient, question: Question, input: Input): Promise<Told> {
  const { table } = question
  const { id, ...rest } = defined(input)
  const ids = id === undefined ? {} : { ids: question.table === 'wearing' ? String(id) : [id] }
  const reply = await (() => {
    switch (question.ask) {
      case 'aggregate':
        return mcp.call('fuzz_aggregate_data', { table_name: table, ...rest })
      case 'update':
        return mcp.call('fuzz_update_records', { table_name: table, ...rest, ...ids })
      case 'delete':
        return mcp.call('fuzz_delete_records', { table_name: table, ...rest, ...ids })
      case 'create':
        return mcp.call('fuzz_create_records', { table_name: table, ...rest })
      case 'describe': {
        const tool = tools[question.what % tools.length] ?? ''
        if (tool === '') return mcp.send('tools/list', {})
        return mcp.call(`fuzz_${tool}`, tool.includes('_table_') ? { table_name: table } : {})
      }
      default:
        return mcp.call('fuzz_get_table_data', { table_name: table, ...rest, ...ids })
    }
  })()
  const status = reply.failed ? (statuses[reply.code ?? ''] ?? 500) : reply.status
  const plain = reply.text.replace(/"id":\d+/, '"id":0')
  return { ...told(status, reply.headers, plain), json: parsed(reply.content) }
}

const statuses: Readonly<Record<string, number>> = {
  protocol: 400,
  invalid: 400,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  unprocessable: 422,
  '1000': 400,
}

const changing = new Set(['date', 'server-timing', 'x-request-id', 'content-length', 'connection', 'keep-alive'])

function told(status: number, headers: Headers, body: string): Told {
  const requestId = headers.get('x-request-id')
  const plain = requestId ? body.replaceAll(requestId, '-') : body
  const shown = [...headers].filter(([name]) => !changing.has(name)).map(([name, value]) => `${name}: ${value}`)
  return { status, text: `${status}\n${shown.join('\n')}\n\n${plain}`, body: plain, json: parsed(body) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function defined(input: Input): Input {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
}

function inQuery(input: Input): string {
  const texts = Object.entries(defined(input)).map(([name, value]) => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ])
  return texts.length === 0 ? '' : query(Object.fromEntries(texts))
}
