import { type Api, query } from '../harness/api.js'
import type { McpClient } from './mcp-client.js'

interface Sent {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** One place that a payload can be put into. */
export interface Input {
  readonly name: string
  /**
   * `value`: it is compared with columns that hold nothing like it, so no record may come back.
   * `any`: whatever comes back, it is no more than the role may see.
   */
  readonly as: 'value' | 'any'
  /** Only payloads that can travel there. */
  readonly takes?: (payload: string) => boolean
  send(client: Client, payload: string): Promise<Sent>
}

export interface Client {
  readonly api: Api
  readonly mcp: McpClient
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
/** What can be sent as UTF-8. */
const sendable = (text: string) => text.replace(/\p{Surrogate}/gu, '\ufffd')
const path = (text: string) => encodeURIComponent(sendable(text))
/** What an HTTP header can carry. */
const isHeader = (text: string) => /^[\x21-\x7e\xa1-\xff]([\t\x20-\x7e\xa1-\xff]*[\x21-\x7e\xa1-\xff])?$/.test(text)
/** `.` and `..` are taken out of a URL before it is sent. */
const isSegment = (text: string) => text !== '.' && text !== '..'
const customers = '/_table/customers'

const list = (parameters: (payload: string) => Record<string, string>, as: Input['as'] = 'any') => ({
  as,
  send: ({ api }: Client, payload: string) => {
    const texts = Object.entries(parameters(payload)).map(([name, text]) => [sendable(name), sendable(text)])
    return api.get(customers + query(Object.fromEntries(texts)))
  },
})
const at = (make: (segment: string) => string) => ({
  as: 'any' as const,
  takes: isSegment,
  send: ({ api }: Client, payload: string) => api.get(make(path(payload))),
})
const aggregate = (body: (payload: string) => object) => ({
  as: 'any' as const,
  send: ({ api }: Client, payload: string) => api.post(`${customers}/_aggregate`, body(payload)),
})
const header = (name: string, method: string, to: string, body?: object) => ({
  as: 'any' as const,
  takes: isHeader,
  send: ({ api }: Client, payload: string) => api.send(method, to, body, { [name]: payload }),
})
const tool = (name: string, input: (payload: string) => object, as: Input['as'] = 'any') => ({
  as,
  send: ({ mcp }: Client, payload: string) => mcp.call(`shop_${name}`, input(payload)),
})
const count = { function: 'count', alias: 'n' }

/** Every input there is, over both surfaces. `probe` is a table of which the role may write everything. */
export const inputs: readonly Input[] = [
  { name: 'filter, its syntax', ...list((p) => ({ filter: p })) },
  { name: 'filter, behind a condition', ...list((p) => ({ filter: `id > 0 ${p}` })) },
  { name: 'filter, inside quotes', ...list((p) => ({ filter: `name = '${p}'` })) },
  { name: 'filter, a bare word', ...list((p) => ({ filter: `name = ${p}` })) },
  { name: 'filter, a column', ...list((p) => ({ filter: `${p} = 1` })) },
  { name: 'filter, a quoted column', ...list((p) => ({ filter: `"${p}" = 1` })) },
  { name: 'filter, an operator', ...list((p) => ({ filter: `name ${p} 'x'` })) },
  { name: 'filter, a value', ...list((p) => ({ filter: `name = ${quoted(p)}` }), 'value') },
  {
    name: 'filter, a value in double quotes',
    ...list((p) => ({ filter: `name = "${p.replaceAll('"', '""')}"` }), 'value'),
  },
  { name: 'filter, values of IN', ...list((p) => ({ filter: `name in (${quoted(p)}, ${quoted(`${p}x`)})` }), 'value') },
  { name: 'filter, like', ...list((p) => ({ filter: `name like ${quoted(`zz${p}`)}` }), 'value') },
  { name: 'filter, ilike', ...list((p) => ({ filter: `name ilike ${quoted(`zz${p}`)}` }), 'value') },
  { name: 'filter, contains', ...list((p) => ({ filter: `name contains ${quoted(`zz${p}`)}` }), 'value') },
  { name: 'filter, starts with', ...list((p) => ({ filter: `name starts with ${quoted(`zz${p}`)}` }), 'value') },
  { name: 'filter, ends with', ...list((p) => ({ filter: `name ends with ${quoted(`zz${p}`)}` }), 'value') },
  { name: 'filter, regexp', ...list((p) => ({ filter: `name regexp ${quoted(p)}` })) },
  { name: 'filter, a number', ...list((p) => ({ filter: `balance > ${quoted(p)}` })) },
  { name: 'filter, a date', ...list((p) => ({ filter: `birthday > ${quoted(p)}` })) },
  { name: 'filter, a relationship', ...list((p) => ({ filter: `${p}.status = 'open'` })) },
  {
    name: 'filter, a related value',
    ...list((p) => ({ filter: `orders_by_customer_id.status = ${quoted(p)}` }), 'value'),
  },
  {
    name: 'filter, a key of JSON',
    as: 'any',
    send: ({ api }, p) => api.get(`/_table/probe${query({ filter: sendable(`doc -> ${quoted(p)} = 'zz'`) })}`),
  },
  {
    name: 'filter, a value in JSON',
    as: 'value',
    send: ({ api }, p) =>
      api.get(`/_table/customers${query({ filter: sendable(`name = ${quoted(p)} and active = true`) })}`),
  },
  { name: 'params, all of it', ...list((p) => ({ filter: 'name = :p', params: p })) },
  { name: 'params, a value', ...list((p) => ({ filter: 'name = :p', params: JSON.stringify({ p }) }), 'value') },
  { name: 'params, a name', ...list((p) => ({ filter: 'name = :p', params: JSON.stringify({ p: 'zz', [p]: 1 }) })) },
  {
    name: 'params, a list',
    ...list((p) => ({ filter: 'name in :p', params: JSON.stringify({ p: [p, p] }) }), 'value'),
  },
  { name: 'order', ...list((p) => ({ order: p })) },
  { name: 'order, its direction', ...list((p) => ({ order: `name ${p}` })) },
  { name: 'fields', ...list((p) => ({ fields: p })) },
  { name: 'fields, behind one', ...list((p) => ({ fields: `name,${p}` })) },
  { name: 'ids', ...list((p) => ({ ids: p })) },
  { name: 'id_field', ...list((p) => ({ ids: '1', id_field: p })) },
  { name: 'ids by a text', ...list((p) => ({ ids: JSON.stringify([p]), id_field: 'name' }), 'value') },
  { name: 'group', ...list((p) => ({ group: p, fields: 'country,COUNT(*)' })) },
  { name: 'group, a function', ...list((p) => ({ group: 'country', fields: `country,COUNT(${p})` })) },
  { name: 'group, a bucket', ...list((p) => ({ group: `${p}(birthday)`, fields: 'COUNT(*)' })) },
  { name: 'having', ...list((p) => ({ group: 'country', fields: 'country,COUNT(*)', having: p })) },
  { name: 'related', ...list((p) => ({ related: p })) },
  { name: 'related, behind one', ...list((p) => ({ related: `orders_by_customer_id.${p}` })) },
  {
    name: 'related, an option',
    ...list((p) => ({ related: 'orders_by_customer_id', [`orders_by_customer_id.${p}`]: '1' })),
  },
  { name: 'related, its filter', ...list((p) => ({ 'orders_by_customer_id.filter': p })) },
  { name: 'related, a value', ...list((p) => ({ 'orders_by_customer_id.filter': `note = ${quoted(p)}` })) },
  { name: 'related, its order', ...list((p) => ({ 'orders_by_customer_id.order': p })) },
  { name: 'related, its fields', ...list((p) => ({ 'orders_by_customer_id.fields': p })) },
  { name: 'related, its limit', ...list((p) => ({ 'orders_by_customer_id.limit': p })) },
  { name: 'cursor', ...list((p) => ({ cursor: p })) },
  { name: 'cursor, its value', ...list((p) => ({ order: 'name', cursor: cursor(['name+l,id+l', p, { i: '1' }]) })) },
  { name: 'cursor, its order', ...list((p) => ({ order: 'name', cursor: cursor([p, 'x', 1]) })) },
  { name: 'format', ...list((p) => ({ format: p })) },
  { name: 'file', ...list((p) => ({ file: `${p}.csv`, limit: '1' })) },
  { name: 'limit', ...list((p) => ({ limit: p })) },
  { name: 'offset', ...list((p) => ({ offset: p })) },
  { name: 'numbers', ...list((p) => ({ numbers: p })) },
  { name: 'include_count', ...list((p) => ({ include_count: p })) },
  { name: 'an unknown parameter', ...list((p) => ({ [p]: '1' })) },
  {
    name: 'path, a service',
    ...{ ...at((s) => s), send: ({ api }: Client, p: string) => api.get(`/../${path(p)}/_table`) },
  },
  { name: 'path, a table', ...at((s) => `/_table/${s}`) },
  { name: 'path, an id', ...at((s) => `${customers}/${s}`) },
  { name: 'path, an id by a text', ...at((s) => `${customers}/${s}?id_field=name`) },
  { name: 'path, a schema', ...at((s) => `/_schema/${s}`) },
  { name: 'path, a field', ...at((s) => `/_schema/customers/_field/${s}`) },
  { name: 'path, a relationship', ...at((s) => `/_schema/customers/_related/${s}`) },
  { name: 'path, a function', ...at((s) => `/_func/${s}`) },
  { name: 'path, what is below a service', ...at((s) => `/${s}`) },
  { name: 'a procedure', as: 'any', takes: isSegment, send: ({ api }, p) => api.post(`/_proc/${path(p)}`, {}) },
  {
    name: 'a parameter of a routine',
    as: 'any',
    send: ({ api }, p) => api.post('/_func/add_numbers', { params: { a: p, b: 1 } }),
  },
  {
    name: 'the name of a parameter',
    as: 'any',
    send: ({ api }, p) => api.post('/_func/add_numbers', { params: { [p]: 1 } }),
  },
  {
    name: 'a text parameter of a function',
    as: 'any',
    send: ({ api }, p) => api.post('/_func/customers_in', { params: { wanted: p } }),
  },
  {
    name: 'a text parameter of a procedure',
    as: 'any',
    send: ({ api }, p) => api.post('/_proc/customers_in', { params: { wanted: p } }),
  },
  { name: 'aggregates, a function', ...aggregate((p) => ({ aggregates: [{ function: p, field: 'id' }] })) },
  { name: 'aggregates, a column', ...aggregate((p) => ({ aggregates: [{ function: 'count', field: p }] })) },
  {
    name: 'aggregates, an alias',
    ...aggregate((p) => ({ aggregates: [{ ...count, alias: p }], order: 'country', group_by: ['country'] })),
  },
  {
    name: 'aggregates, an alias in having',
    ...aggregate((p) => ({ aggregates: [{ ...count, alias: p }], having: `"${p}" > 0` })),
  },
  { name: 'aggregates, a member', ...aggregate((p) => ({ aggregates: [{ ...count, [p]: 1 }] })) },
  { name: 'aggregates, a group', ...aggregate((p) => ({ aggregates: [count], group_by: [p] })) },
  {
    name: 'aggregates, a bucket',
    ...aggregate((p) => ({ aggregates: [count], group_by: [{ field: 'birthday', bucket: p }] })),
  },
  {
    name: 'aggregates, the alias of a group',
    ...aggregate((p) => ({ aggregates: [count], group_by: [{ field: 'country', alias: p }] })),
  },
  { name: 'aggregates, having', ...aggregate((p) => ({ aggregates: [count], having: p })) },
  { name: 'aggregates, order', ...aggregate((p) => ({ aggregates: [count], group_by: ['country'], order: p })) },
  {
    name: 'a record, the name of a column',
    as: 'any',
    send: ({ api }, p) => api.post('/_table/probe', [{ [p]: 'x' }]),
  },
  {
    name: 'a record, a number',
    as: 'any',
    send: ({ api }, p) => api.send('PATCH', `${customers}/1`, { balance: `zz${p}` }),
  },
  { name: 'a record, a date', as: 'any', send: ({ api }, p) => api.send('PATCH', `${customers}/1`, { birthday: p }) },
  {
    name: 'a record, one of some values',
    as: 'any',
    send: ({ api }, p) => api.send('PATCH', `${customers}/1`, { segment: `zz${p}` }),
  },
  {
    name: 'an update by filter',
    as: 'value',
    send: ({ api }, p) =>
      api.send('PATCH', customers + query({ filter: sendable(`name = ${quoted(p)}`) }), { active: true }),
  },
  {
    name: 'an update by ids',
    as: 'value',
    send: ({ api }, p) => api.send('PATCH', customers, { ids: [p], id_field: 'email', records: { active: true } }),
  },
  {
    name: 'a deletion by filter',
    as: 'value',
    send: ({ api }, p) => api.send('DELETE', customers + query({ filter: sendable(`name = ${quoted(p)}`) })),
  },
  {
    name: 'a deletion, its syntax',
    as: 'any',
    send: ({ api }, p) => api.send('DELETE', `/_table/nothing${query({ filter: sendable(p) })}`),
  },
  { name: 'a deletion by ids', as: 'any', send: ({ api }, p) => api.send('DELETE', customers, { ids: `zz${p}` }) },
  {
    name: 'max_affected',
    as: 'any',
    send: ({ api }, p) =>
      api.send('PATCH', `${customers}${query({ ids: '1', max_affected: sendable(p) })}`, { active: false }),
  },
  {
    name: 'returned fields',
    as: 'any',
    send: ({ api }, p) =>
      api.send('PATCH', `${customers}${query({ filter: 'id < 0', fields: sendable(p) })}`, { active: false }),
  },
  {
    name: 'If-Match',
    ...header('if-match', 'PATCH', `${customers}/4`, { balance: 1 }),
    takes: (p) => isHeader(p) && p !== '*',
  },
  { name: 'If-None-Match', ...header('if-none-match', 'GET', `${customers}/4`) },
  { name: 'Idempotency-Key', ...header('idempotency-key', 'POST', '/_table/nothing', [{ a: 1 }]) },
  { name: 'X-Request-Id', ...header('x-request-id', 'GET', `${customers}/4`) },
  { name: 'X-HTTP-Method', ...header('x-http-method', 'POST', `${customers}/4`) },
  { name: 'X-HTTP-Method-Override', ...header('x-http-method-override', 'POST', `${customers}/4`) },
  { name: 'Accept', ...header('accept', 'GET', `${customers}/4`) },
  { name: 'Content-Type', ...header('content-type', 'POST', '/_table/nothing', [{ a: 1 }]) },
  { name: 'X-API-Key', ...header('x-api-key', 'GET', customers) },
  { name: 'User-Agent', ...header('user-agent', 'GET', `${customers}/4`) },
  { name: 'tool, its name', as: 'any', send: ({ mcp }, p) => mcp.call(p, {}) },
  { name: 'tool, a name behind the service', as: 'any', send: ({ mcp }, p) => mcp.call(`shop_${p}`, {}) },
  { name: 'tool, an unknown argument', ...tool('get_table_data', (p) => ({ table_name: 'customers', [p]: 1 })) },
  { name: 'tool, table_name', ...tool('get_table_data', (p) => ({ table_name: p })) },
  { name: 'tool, filter', ...tool('get_table_data', (p) => ({ table_name: 'customers', filter: p })) },
  {
    name: 'tool, a value',
    ...tool('get_table_data', (p) => ({ table_name: 'customers', filter: 'name = :p', params: { p } }), 'value'),
  },
  { name: 'tool, order', ...tool('get_table_data', (p) => ({ table_name: 'customers', order: p })) },
  { name: 'tool, fields', ...tool('get_table_data', (p) => ({ table_name: 'customers', fields: ['name', p] })) },
  {
    name: 'tool, ids',
    ...tool('get_table_data', (p) => ({ table_name: 'customers', ids: [p], id_field: 'name' }), 'value'),
  },
  { name: 'tool, related', ...tool('get_table_data', (p) => ({ table_name: 'customers', related: [p] })) },
  { name: 'tool, cursor', ...tool('get_table_data', (p) => ({ table_name: 'customers', cursor: p })) },
  { name: 'tool, format', ...tool('get_table_data', (p) => ({ table_name: 'customers', format: p })) },
  {
    name: 'tool, an alias',
    ...tool('aggregate_data', (p) => ({ table_name: 'customers', aggregates: [{ ...count, alias: p }] })),
  },
  {
    name: 'tool, having',
    ...tool('aggregate_data', (p) => ({ table_name: 'customers', aggregates: [count], having: p })),
  },
  { name: 'tool, a record', ...tool('create_records', (p) => ({ table_name: 'probe', records: [{ [p]: p }] })) },
  {
    name: 'tool, a deletion',
    ...tool('delete_records', (p) => ({ table_name: 'customers', filter: `name = ${quoted(p)}` })),
  },
  { name: 'tool, a function', ...tool('call_stored_function', (p) => ({ function_name: p, params: [p] })) },
  { name: 'a method of the protocol', as: 'any', send: ({ mcp }, p) => mcp.send(p, {}) },
  {
    name: 'a resource',
    as: 'any',
    send: ({ mcp }, p) => mcp.send('resources/read', { uri: `gatehouse://shop/schema/${p}` }),
  },
  {
    name: 'a completion',
    as: 'any',
    send: ({ mcp }, p) =>
      mcp.send('completion/complete', {
        ref: { type: 'ref/resource', uri: 'gatehouse://{service}/schema/{table}' },
        argument: { name: 'table', value: p },
      }),
  },
  { name: 'tools across services', as: 'any', send: ({ mcp }, p) => mcp.call('all_find_table', { name: p }) },
  { name: 'facade', as: 'any', send: ({ mcp }, p) => mcp.call('call_operation', { name: p, arguments: { [p]: p } }) },
]

function cursor(parts: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}
