import type { Operation } from '@gatehouse/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { mariadb } from '../backends/mariadb.js'
import { postgres } from '../backends/postgres.js'
import { sqlite } from '../backends/sqlite.js'
import { openShop, type Shop } from '../conformance/open-shop.js'
import { query } from '../harness/api.js'
import { createMcpClient } from './mcp-client.js'

const all = ['read', 'create', 'update', 'delete'] as const
const on = (resource: string, verbs: readonly string[], more: object = {}) => ({
  service: 'shop',
  resource,
  verbs,
  ...more,
})
const whole = (surface: string) => [on('*', [...all, 'execute'], { surfaces: [surface] })]

/** Who asks. The columns of the matrix, in this order behind `admin`. */
const roles = {
  reader: { grants: [on('_table/*', ['read'])] },
  writer: { grants: [on('_table/*', all)] },
  executor: { grants: [on('_proc/*', ['execute']), on('_func/*', ['execute'])] },
  denied: { grants: [on('_table/*', all), { service: 'shop', resource: '_table/customers', deny: true }] },
  masked: { grants: [on('_table/*', all, { fields: { deny: ['ssn'], mask: { email: 'partial', balance: 'null' } } })] },
  rows: { grants: [on('_table/*', ['read']), on('_table/customers', all, { rows: "country = 'DE'" })] },
  rest_only: { grants: whole('rest') },
  mcp_only: { grants: whole('mcp') },
  nobody: { grants: [{ service: 'shop', resource: '*', deny: true }] },
  auditor: { grants: [{ service: 'system', resource: 'audit', verbs: ['read'] }] },
  operator: { grants: [{ service: 'system', resource: 'services/*', verbs: ['execute'] }] },
}
const columns = ['admin', ...Object.keys(roles)]

/**
 * What each of them gets, one letter a role:
 * a allowed, f forbidden (403), m missing as if it did not exist (404), - no such tool.
 * Over REST, and over MCP where the operation is a tool.
 */
interface Expected {
  readonly rest: string
  readonly mcp?: string
}

//            admin, reader, writer, executor, denied, masked, rows, rest_only, mcp_only, nobody, auditor, operator
const reading = { rest: 'aaammaaammmm', mcp: 'aaa-maa-a---' }
const writing = { rest: 'afammaaammmm', mcp: 'a-a-maa-a---' }
const listing = { rest: 'aaafaaaammmm', mcp: 'aaa-aaa-a---' }
const calling = { rest: 'ammammmammmm', mcp: 'a--a----a---' }
const listingRoutines = { rest: 'affafffammmm', mcp: 'a--a----a---' }
const ofService = { rest: 'aaaaaaaammmm', mcp: 'aaaaaaa-a---' }

const rest = ({ rest: only }: Expected): Expected => ({ rest: only })

const shopMatrix: Readonly<Record<string, Expected>> = {
  get_data_model: ofService,
  get_database_resources: ofService,
  get_api_spec: ofService,
  get_tables: listing,
  list_schema: rest(listing),
  get_stored_procedures: listingRoutines,
  get_stored_functions: listingRoutines,
  get_table_schema: reading,
  get_table_fields: reading,
  get_table_field: rest(reading),
  get_table_relationships: reading,
  get_table_relationship: rest(reading),
  get_table_data: reading,
  get_record: rest(reading),
  aggregate_data: reading,
  create_records: writing,
  update_records: writing,
  update_record: rest(writing),
  replace_records: rest(writing),
  replace_record: rest(writing),
  delete_records: writing,
  delete_record: rest(writing),
  call_stored_procedure: calling,
  call_stored_function: calling,
  query_stored_procedure: rest(calling),
  query_stored_function: rest(calling),
}

/** Where there are no routines, who may only execute sees nothing. */
const withoutRoutines: Readonly<Record<string, Expected>> = { ...shopMatrix, get_data_model: listing }

const readingAudit = { rest: 'ammmmmmmmmam', mcp: 'a---------a-' }
const listingSystem = { rest: 'ammmmmmmmmaf', mcp: 'a---------a-' }
const writingUsers = { rest: 'ammmmmmmmmmm' }
const ofSystem = { rest: 'ammmmmmmmmaa', mcp: 'a---------aa' }

const systemMatrix: Readonly<Record<string, Expected>> = {
  get_data_model: listingSystem,
  get_database_resources: ofSystem,
  get_api_spec: ofSystem,
  get_tables: listingSystem,
  list_schema: rest(listingSystem),
  get_table_schema: readingAudit,
  get_table_fields: readingAudit,
  get_table_field: rest(readingAudit),
  get_table_relationships: readingAudit,
  get_table_relationship: rest(readingAudit),
  get_table_data: readingAudit,
  get_record: rest(readingAudit),
  aggregate_data: readingAudit,
  create_records: writingUsers,
  update_records: writingUsers,
  update_record: writingUsers,
  delete_records: writingUsers,
  delete_record: writingUsers,
  refresh_service: { rest: 'ammmmmmmmmfa', mcp: 'a----------a' },
}

/** What each operation is used on. `id` is of a record that nothing refers to. */
const id = 5000
const record = { id, name: 'Matrix', country: 'DE' }
type Input = Readonly<Record<string, unknown>>
const inputs: Readonly<Record<string, Input>> = {
  get_table_data: { limit: 1 },
  aggregate_data: { aggregates: [{ function: 'count' }] },
  create_records: { records: [{ name: 'Matrix two', country: 'DE' }], dry_run: true },
  update_records: { records: [{ id, active: true }], dry_run: true },
  update_record: { records: { active: true }, dry_run: true },
  replace_records: { records: [record], dry_run: true },
  replace_record: { records: { name: 'Matrix', country: 'DE' }, dry_run: true },
  delete_records: { ids: [id], dry_run: true },
  delete_record: { dry_run: true },
  call_stored_procedure: { params: { wanted: id, fresh: 'Matrix' } },
  call_stored_function: { params: { a: 1, b: 2 } },
  query_stored_procedure: { params: { wanted: 'DE' } },
  query_stored_function: { params: { a: 1, b: 2 } },
}
/** The audit is written by nobody, so what writes is tried on the administrator of the first start. */
const systemInputs: Readonly<Record<string, Input>> = {
  create_records: { records: [{ name: 'matrix' }], dry_run: true },
  update_records: { records: [{ id: 1, label: 'Matrix' }], dry_run: true },
  update_record: { records: { label: 'Matrix' }, dry_run: true },
  delete_records: { ids: [1], dry_run: true },
}
const inputOf = ({ service, name }: Operation): Input =>
  (service === 'system' ? systemInputs[name] : undefined) ?? inputs[name] ?? {}
const tableOf = ({ service, effect }: Operation) =>
  service !== 'system' ? 'customers' : effect === 'read' ? 'audit' : 'users'
const names = (operation: Operation): Readonly<Record<string, string>> => ({
  table_name: tableOf(operation),
  procedure_name: operation.name === 'query_stored_procedure' ? 'customers_in' : 'rename_customer',
  function_name: 'add_numbers',
  field_name: operation.service === 'system' ? 'service' : 'name',
  relationship_name: 'orders_by_customer_id',
  service_name: 'shop',
  id: operation.service === 'system' ? '1' : String(id),
})

describe.each([sqlite, postgres, mariadb])('operations and roles on $name', (backend) => {
  const shop = openShop(backend, { roles })
  const ofShop = backend.routines ? shopMatrix : withoutRoutines
  beforeAll(async () => {
    try {
      await shop.api.post('/_table/customers', record)
    } catch {
      // The database is not to be had: each test says so.
    }
  })

  const offered = (service: string) => {
    const { pipeline } = shop.gateway
    const found = new Map<string, Operation>()
    for (const surface of ['rest', 'mcp'] as const) {
      for (const operation of pipeline.offered?.(service, surface) ?? []) found.set(operation.name, operation)
    }
    return [...found.values()]
  }

  it.each([
    ['shop', ofShop, backend.routines ? 24 : 18],
    ['system', systemMatrix, 10],
  ] as const)('every operation of %s has its outcome for every role', async (service, matrix, least) => {
    const operations = offered(service)
    expect(operations.length).toBeGreaterThanOrEqual(least)
    expect(operations.filter(({ name }) => !(name in matrix)).map(({ name }) => name)).toEqual([])
    const wrong: string[] = []
    let asked = 0
    for (const operation of operations) {
      // What there is nothing of cannot be asked for: the audit has no relationships and no record 1.
      const nothing = service === 'system' && ['get_table_relationship', 'get_record'].includes(operation.name)
      const expected = matrix[operation.name] ?? { rest: '' }
      expect(expected.rest).toHaveLength(columns.length)
      expect('mcp' in expected, operation.name).toBe(operation.surfaces.includes('mcp'))
      for (const [i, role] of columns.entries()) {
        const note = (surface: string, got: string, wanted: string | undefined, text: string) => {
          asked++
          if (got !== wanted && !(nothing && wanted === 'a' && got === 'm')) {
            wrong.push(`${operation.name} for ${role} over ${surface}: ${got}, not ${wanted}: ${text.slice(0, 200)}`)
          }
        }
        const overRest = await useRest(shop, role, operation)
        note('REST', letters[overRest.status] ?? String(overRest.status), expected.rest[i], overRest.text)
        if (expected.mcp === undefined) continue
        const overMcp = await useMcp(shop, role, operation)
        note('MCP', overMcp.letter, expected.mcp[i], overMcp.text)
      }
    }
    expect(wrong).toEqual([])
    expect(asked).toBeGreaterThan(operations.length * columns.length)
  })

  it.each([
    ['shop', ofShop],
    ['system', systemMatrix],
  ] as const)('what a role may not use of %s is not advertised', async (service, matrix) => {
    const wrong: string[] = []
    let looked = 0
    for (const [i, role] of columns.entries()) {
      const { rest: document, tools } = await advertised(shop, role, service)
      for (const operation of offered(service)) {
        const expected = matrix[operation.name]
        const shown = document.has(operationId(operation))
        // A document has no routes for members that are not there.
        if (!(operation.subject && !operation.subject.values.includes(subjectOf(operation)))) {
          looked++
          if (shown !== (expected?.rest[i] === 'a'))
            wrong.push(`${operation.name} in the document of ${role}: ${shown}`)
        }
        if (expected?.mcp === undefined) continue
        looked++
        const tool = tools.has(`${service}_${operation.name}`)
        if (tool !== (expected.mcp[i] !== '-')) wrong.push(`${operation.name} among the tools of ${role}: ${tool}`)
      }
    }
    expect(wrong).toEqual([])
    expect(looked).toBeGreaterThan(200)
  })

  it('what was allowed and only tried has changed nothing', async () => {
    expect((await shop.api.get(`/_table/customers/${id}?fields=name,country`)).body).toEqual({
      name: 'Matrix',
      country: 'DE',
    })
    expect((await shop.api.get('/_table/customers?count_only=true')).text).toContain('61')
  })

  it('a row outside of the policy is missing for every operation on it', async () => {
    const api = shop.as('rows')
    const calls = [
      await api.get('/_table/customers/2'),
      await api.send('PATCH', '/_table/customers/2', { active: true }),
      await api.send('PUT', '/_table/customers/2', { name: 'x', country: 'DE' }),
      await api.send('DELETE', '/_table/customers/2'),
    ]
    expect(calls.map(({ status }) => status)).toEqual([404, 404, 404, 404])
    expect((await api.send('DELETE', `/_table/customers${query({ filter: 'id = 2' })}`)).body.resource).toEqual([])
    expect((await shop.api.get('/_table/customers/2?fields=name')).body).toEqual({ name: 'Customer 02' })
  })
})

const letters: Readonly<Record<number, string>> = { 200: 'a', 403: 'f', 404: 'm' }

function subjectOf(operation: Operation): string {
  return names(operation)[operation.subject?.parameter ?? ''] ?? ''
}

function operationId(operation: Operation): string {
  const subject = operation.subject ? `_${subjectOf(operation)}` : ''
  return `${operation.service}_${operation.name}${subject}`
}

/** By the operation's own rule of where its input travels. */
async function useRest(shop: Shop, role: string, operation: Operation) {
  const { http, service } = operation
  const api = shop.gateway.api(role)
  const path = http.path.replace(/\{(\w+)\}/g, (_, parameter: string) => names(operation)[parameter] ?? '')
  const input = inputOf(operation)
  const [method = 'GET'] = http.methods
  const body = http.body === '*' ? input : http.body === undefined ? undefined : input[http.body]
  const rest = http.body === '*' ? {} : Object.fromEntries(Object.entries(input).filter(([key]) => key !== http.body))
  const texts = Object.entries(rest).map(([key, value]) => [
    key,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ])
  const target = `/${service}${path}${texts.length === 0 ? '' : query(Object.fromEntries(texts))}`
  return method === 'GET' ? api.get(target) : api.send(method, target, body)
}

async function useMcp(shop: Shop, role: string, operation: Operation): Promise<{ letter: string; text: string }> {
  const mcp = createMcpClient(shop.gateway.url, shop.gateway.key(role))
  const required = operation.input.required ?? []
  const own = Object.fromEntries(
    required.filter((name) => name in names(operation)).map((name) => [name, names(operation)[name]]),
  )
  const reply = await mcp.call(`${operation.service}_${operation.name}`, { ...own, ...inputOf(operation) })
  const codes: Readonly<Record<string, string>> = { forbidden: 'f', not_found: 'm', protocol: '-' }
  return { letter: reply.failed ? (codes[reply.code ?? ''] ?? String(reply.code)) : 'a', text: reply.text }
}

/** Ids of operations in the caller's document, and the names of all of its tools. */
async function advertised(shop: Shop, role: string, service: string) {
  const document = await shop.gateway.api(role).get(`/api_docs/${service}`)
  const ids = [...document.text.matchAll(/"operationId":"([^"]+)"/g)].map(([, found]) => found)
  const mcp = createMcpClient(shop.gateway.url, shop.gateway.key(role))
  const listed = await mcp.call('list_tools', {})
  const tools = JSON.parse(listed.content).resource.map((tool: { name: string }) => tool.name)
  const shown = (await mcp.send('tools/list', {})).body.result.tools.map((tool: { name: string }) => tool.name)
  // What the list shows beside the tools for all services is among what may be called.
  const own = shown.filter((tool: string) => tool.startsWith(`${service}_`))
  expect(own.filter((tool: string) => !tools.includes(tool))).toEqual([])
  return { rest: new Set(document.status === 200 ? ids : []), tools: new Set(tools) }
}
