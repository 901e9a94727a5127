import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { OpenBackend } from '../backends/backend.js'
import { mariadb } from '../backends/mariadb.js'
import { postgres } from '../backends/postgres.js'
import { sqlite } from '../backends/sqlite.js'
import { openShop } from '../conformance/open-shop.js'
import { type Api, query, type Reply } from '../harness/api.js'
import { type RunningGateway, startGateway } from '../harness/running-gateway.js'
import { withDatabase } from '../servers/index.mjs'
import { createMcpClient } from './mcp-client.js'
import { leaksIn, secretsOf } from './no-leaks.js'
import { request, sendRaw } from './raw-http.js'

const hidden = ['ssn', 'balance']
const roles = {
  clerk: {
    grants: [
      { service: 'shop', resource: '_table/*', verbs: ['read'] },
      {
        service: 'shop',
        resource: '_table/customers',
        verbs: ['read', 'create', 'update', 'delete'],
        fields: { deny: hidden },
        rows: "country in ('DE', 'XX')",
      },
      { service: 'shop', resource: '_table/tags', verbs: ['read', 'create', 'update', 'delete'] },
      { service: 'shop', resource: '_table/orders', verbs: ['read', 'create', 'update', 'delete'] },
      { service: 'shop', resource: '_table/slow', verbs: ['read'], timeout: '300ms' },
      { service: 'shop', resource: '_table/every_type', verbs: ['read', 'create', 'update'] },
    ],
  },
  hurried: { grants: [{ service: 'shop', resource: '_table/tags', verbs: ['read'] }] },
}

interface Trouble {
  readonly name: string
  readonly status: number | readonly number[]
  readonly code?: string | number
  run(api: Api): Promise<Reply>
}

const customers = '/_table/customers'
const json = { 'content-type': 'application/json' }

/** One way or more into each failure that REST has. */
const troubles: readonly Trouble[] = [
  {
    name: 'a filter that is none',
    status: 400,
    code: 'invalid',
    run: (api) => api.get(`${customers}?filter=nmae%20%3D%201`),
  },
  {
    name: 'a hidden column in a filter',
    status: 400,
    code: 'invalid',
    run: (api) => api.get(`${customers}?filter=zsn%20%3D%201`),
  },
  { name: 'a malformed body', status: 400, code: 'invalid', run: (api) => api.post(customers, '{"name":') },
  { name: 'a body that is no UTF-8', status: 400, code: 'invalid', run: (api) => api.get(`${customers}?filter=%ff`) },
  {
    name: 'a value of another type',
    status: 400,
    code: 'invalid',
    run: (api) => api.post(customers, { name: 'x', active: 'perhaps' }),
  },
  { name: 'an unknown parameter', status: 400, code: 'invalid', run: (api) => api.get(`${customers}?limt=1`) },
  {
    name: 'continue and rollback',
    status: 400,
    code: 'invalid',
    run: (api) => api.post(`${customers}?continue=true&rollback=true`, [{ name: 'x' }]),
  },
  {
    name: 'a batch',
    status: 400,
    code: 1000,
    run: (api) => api.post('/_table/tags?continue=true', [{ label: 'vip' }, { label: 'vip' }]),
  },
  { name: 'no key', status: 401, code: 'unauthenticated', run: (api) => api.get(customers, { 'x-api-key': '' }) },
  {
    name: 'a wrong key',
    status: 401,
    code: 'unauthenticated',
    run: (api) => api.get(customers, { 'x-api-key': 'wrong' }),
  },
  {
    name: 'a wrong token',
    status: 401,
    code: 'unauthenticated',
    run: (api) => api.get(customers, { 'x-api-key': '', authorization: 'Bearer wrong' }),
  },
  {
    name: 'a password',
    status: 401,
    code: 'unauthenticated',
    run: (api) => api.get(customers, { 'x-api-key': '', authorization: `Basic ${btoa('root:toor')}` }),
  },
  {
    name: 'a key in the address',
    status: 401,
    code: 'unauthenticated',
    run: (api) => api.get(`${customers}?api_key=x`, { 'x-api-key': '' }),
  },
  {
    name: 'a verb that is not granted',
    status: 403,
    code: 'forbidden',
    run: (api) => api.post('/_table/employees', { name: 'x' }),
  },
  {
    name: 'a row outside of the policy',
    status: 403,
    code: 'forbidden',
    run: (api) => api.post(customers, { name: 'x', country: 'FR' }),
  },
  {
    name: 'a row moved outside of the policy',
    status: 403,
    code: 'forbidden',
    run: (api) => api.send('PATCH', `${customers}/1`, { country: 'FR' }),
  },
  {
    name: 'a page of elsewhere',
    status: 403,
    code: 'forbidden',
    run: (api) => api.get(customers, { origin: 'https://evil.example' }),
  },
  { name: 'an unknown table', status: 404, code: 'not_found', run: (api) => api.get('/_table/custmers') },
  { name: 'an unknown record', status: 404, code: 'not_found', run: (api) => api.get(`${customers}/999999`) },
  { name: 'a record outside of the policy', status: 404, code: 'not_found', run: (api) => api.get(`${customers}/2`) },
  { name: 'an unknown path', status: 404, code: 'not_found', run: (api) => api.get('/_nothing/at/all') },
  {
    name: 'a method that the path has not',
    status: 405,
    code: 'method_not_allowed',
    run: (api) => api.send('DELETE', '/_schema/customers'),
  },
  { name: 'an unknown method', status: 405, code: 'method_not_allowed', run: (api) => api.send('PROPFIND', customers) },
  {
    name: 'a type that is not answered',
    status: 406,
    code: 'not_acceptable',
    run: (api) => api.get(customers, { accept: 'image/png' }),
  },
  {
    name: 'a value that is taken',
    status: 409,
    code: 'conflict',
    run: (api) => api.post('/_table/tags', { label: 'vip' }),
  },
  {
    name: 'a reference to nothing',
    status: 409,
    code: 'conflict',
    run: (api) => api.post('/_table/orders', { customer_id: 999_999 }),
  },
  {
    name: 'a reference that is in use',
    status: 409,
    code: 'conflict',
    run: (api) => api.send('DELETE', `${customers}/1`),
  },
  {
    name: 'a record that has changed',
    status: 412,
    code: 'precondition_failed',
    run: (api) => api.send('PATCH', '/_table/tags/1', { label: 'vip' }, { ...json, 'if-match': '"other"' }),
  },
  {
    name: 'a large body',
    status: 413,
    code: 'too_large',
    run: (api) => api.post(customers, { name: 'x'.repeat(400_000) }),
  },
  {
    name: 'a body of another type',
    status: 415,
    code: 'unsupported_media_type',
    run: (api) => api.post(customers, '<x/>', { 'content-type': 'text/xml' }),
  },
  {
    name: 'a value that is too long',
    status: 422,
    code: 'unprocessable',
    run: (api) => api.send('PATCH', `${customers}/1`, { country: null }),
  },
  {
    name: 'a key that was used for another request',
    status: 422,
    code: 'unprocessable',
    run: async (api) => {
      await api.post('/_table/tags', { label: 'once' }, { 'idempotency-key': 'leaks' })
      return api.post('/_table/tags', { label: 'twice' }, { 'idempotency-key': 'leaks' })
    },
  },
  { name: 'a statement that takes too long', status: 504, code: 'timeout', run: (api) => api.get('/_table/slow') },
]

describe.each([sqlite, postgres, mariadb])('failures on $name', (backend) => {
  const written: string[] = []
  beforeAll(() => {
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written.push(String(text))
      return true
    })
  })
  const shop = openShop(backend, {
    roles,
    server: { port: 0, body_limit: '300kb' },
    limits: [{ per: 'role', role: 'hurried', rate: 2, period: 'hour' }],
    log: { level: 'trace', format: 'json' },
  })
  afterAll(() => vi.restoreAllMocks())
  const secrets = () => secretsOf(shop.database.service.connection)

  it.each(troubles)('$name: $status', async ({ status, code, run }) => {
    const reply = await run(shop.as('clerk'))
    expect([status].flat(), reply.text).toContain(reply.status)
    expectFailure(reply)
    if (code !== undefined) expect(reply.body.error.code).toBe(code)
    expect(leaksIn(JSON.stringify([...reply.headers]) + reply.text, shop.gateway.url, secrets())).toEqual([])
    for (const column of hidden) expect(reply.text).not.toContain(column)
  })

  it('too many calls: 429', async () => {
    const api = shop.as('hurried')
    let last = await api.get('/_table/tags')
    for (let i = 0; i < 3; i++) last = await api.get('/_table/tags')
    expect(last.status).toBe(429)
    expectFailure(last)
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(leaksIn(last.text, '', secrets())).toEqual([])
  })

  it('a host that is not ours: 403; what is no HTTP: 400', async () => {
    const foreign = await sendRaw(shop.gateway.url, request('GET /api/v2', ['Host: evil.example', 'Connection: close']))
    const broken = await sendRaw(shop.gateway.url, 'nonsense\r\n\r\n')
    for (const { status, text } of [foreign, broken]) {
      const { error } = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))
      expect(error.status_code).toBe(status)
      expect(error.request_id).toMatch(/^[\w.-]+$/)
      expect(leaksIn(text, '', secrets())).toEqual([])
    }
  })

  it('the same over MCP: code, message, hint and request id in a result', async () => {
    const mcp = createMcpClient(shop.gateway.url, shop.gateway.key('clerk'))
    const calls: readonly (readonly [tool: string, input: object, code: string])[] = [
      ['get_table_data', { table_name: 'custmers' }, 'not_found'],
      ['get_table_data', { table_name: 'customers', filter: 'zsn = 1' }, 'invalid'],
      ['get_table_data', { table_name: 'customers', filter: 'ssn = 1' }, 'invalid'],
      ['get_table_data', { table_name: 'customers', limt: 1 }, 'invalid'],
      ['get_table_data', { table_name: 'slow' }, 'timeout'],
      ['create_records', { table_name: 'employees', records: [{ name: 'x' }] }, 'forbidden'],
      ['create_records', { table_name: 'customers', records: [{ name: 'x', country: 'FR' }] }, 'forbidden'],
      ['create_records', { table_name: 'tags', records: { label: 'vip' } }, 'conflict'],
      ['update_records', { table_name: 'customers', records: [{ id: 1, name: null }] }, 'unprocessable'],
      ['delete_records', { table_name: 'customers' }, 'invalid'],
    ]
    for (const [tool, input, code] of calls) {
      const reply = await mcp.call(`shop_${tool}`, input)
      expect(reply.failed, reply.text).toBe(true)
      const { error } = JSON.parse(reply.content)
      expect([code, '1000'], reply.content).toContain(String(error.code))
      expect(error.message).toBeTypeOf('string')
      expect(error.request_id).toBeTypeOf('string')
      expect(leaksIn(reply.text, '', secrets())).toEqual([])
      for (const column of hidden)
        expect(reply.text.replace('ssn = 1', '').replace('`ssn`', '').replace('"column\\":\\"ssn', '')).not.toContain(
          column,
        )
    }
  })

  it('the log knows the request, and neither the password nor the rows', () => {
    const text = written.join('')
    expect(text).toContain('shop is up')
    for (const secret of passwordsOf(shop.database)) expect(text).not.toContain(secret)
    expect(text).not.toContain('900-00-')
    expect(text).not.toContain(shop.gateway.key('clerk'))
  })
})

/** `{"error": {...}}` as it is documented. */
function expectFailure({ status, headers, body, text }: Reply): void {
  const { error } = body
  expect(error, text).toMatchObject({ message: expect.any(String), request_id: expect.any(String) })
  expect(error.message.length).toBeGreaterThan(5)
  expect(error.status_code).toBe(status)
  expect(['string', 'undefined']).toContain(typeof error.hint)
  expect(error.request_id).toBe(headers.get('x-request-id'))
  const known = ['code', 'status_code', 'message', 'hint', 'context', 'request_id']
  expect(Object.keys(error).filter((name) => !known.includes(name))).toEqual([])
}

function passwordsOf(database: OpenBackend): readonly string[] {
  const { connection } = database.service
  if (typeof connection !== 'string' || !URL.canParse(connection)) return []
  const { password } = new URL(connection)
  return [password, decodeURIComponent(password)].filter((text) => text !== '')
}

/** Passwords as operators have them, with all that splits a URL. */
const passwords = ['p@ss/w#rd:ü?&=%41', '日本/語@host:5432', 'ü@ö#ä/%2F', "'; DROP", '<script>', 'a b\tc']

describe('a database that cannot be reached', () => {
  const silent: Server[] = []
  let gateway: RunningGateway | undefined
  const written: string[] = []
  const hosts: number[] = []

  beforeAll(async () => {
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written.push(String(text))
      return true
    })
    // One that answers with nonsense, and one that is not there.
    const nonsense = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.end('SECRET-BANNER password=hunter2\r\n')
    })
    await new Promise<void>((resolve) => nonsense.listen(0, '127.0.0.1', resolve))
    silent.push(nonsense)
    const port = (nonsense.address() as { port: number }).port
    hosts.push(port)
    const services = Object.fromEntries(
      passwords.flatMap((password, i) =>
        (['postgres', 'mysql'] as const).flatMap((type) => [
          [
            `${type}_${i}`,
            { type, connection: `${type}://user${i}:${encodeURIComponent(password)}@127.0.0.1:${port}/secretdb` },
          ],
          [
            `${type}_parts_${i}`,
            { type, connection: { host: '127.0.0.1', port: 1, user: `user${i}`, password, database: 'secretdb' } },
          ],
        ]),
      ),
    )
    const wrong = [postgresWith('wr@ng/p#ss:ü'), mariadbWith('wr@ng/p#ss:ü')].flatMap((entry) => (entry ? [entry] : []))
    gateway = await startGateway({
      services: {
        ...services,
        ...Object.fromEntries(wrong),
        file: { type: 'sqlite', connection: '/nowhere/at/all/secret.db' },
      },
      log: { level: 'trace', format: 'pretty' },
    })
  })
  afterAll(async () => {
    vi.restoreAllMocks()
    await gateway?.close()
    for (const server of silent) server.close()
  })

  it('is 503 with Retry-After, and tells nothing of how it is reached', async () => {
    if (!gateway) throw new Error('The gateway is not open')
    const api = gateway.api()
    const { services } = (await api.get('')).body
    let asked = 0
    for (const { name } of services as { name: string }[]) {
      if (name === 'system') continue
      for (const reply of [
        await api.get(`/${name}/_table`),
        await api.get(`/${name}/_table/customers${query({ filter: 'id = 1' })}`),
        await api.post(`/system/services/${name}/_refresh`),
      ]) {
        expect([503, 404, 422, 400], `${name}: ${reply.text}`).toContain(reply.status)
        if (reply.status === 503) expect(Number(reply.headers.get('retry-after')), reply.text).toBeGreaterThan(0)
        expectFailure(reply)
        expectNothingOf(reply.text, hosts)
        asked++
      }
      const mcp = await createMcpClient(gateway.url, gateway.key('admin')).call(`${name}_get_tables`, {})
      expectNothingOf(mcp.text, hosts)
    }
    expect(asked).toBeGreaterThan(60)
    const ready = await fetch(`${gateway.url}/health/ready`)
    expectNothingOf(await ready.text(), hosts)
    expectNothingOf(await (await fetch(`${gateway.url}/metrics`)).text(), hosts)
    expectNothingOf((await api.get('/api_docs')).text, hosts)
  })

  it('the log says that it is down, and has no password', () => {
    const text = written.join('')
    expect(text).toContain('cannot be reached')
    expect(text).not.toContain('hunter2')
    for (const password of [...passwords, 'wr@ng/p#ss:ü']) {
      expect(text).not.toContain(password)
      expect(text).not.toContain(encodeURIComponent(password))
    }
  })
})

function expectNothingOf(text: string, ports: readonly number[]): void {
  for (const word of [
    ...passwords,
    ...passwords.map(encodeURIComponent),
    'wr@ng',
    'hunter2',
    'SECRET-BANNER',
    'secretdb',
    'user0',
    '/nowhere',
    ...ports.map(String),
  ]) {
    expect(text).not.toContain(word)
  }
}

function postgresWith(password: string): readonly [string, object] | undefined {
  return wrongPassword('pg_wrong', 'postgres', process.env.GATEHOUSE_TEST_POSTGRES, password)
}

function mariadbWith(password: string): readonly [string, object] | undefined {
  return wrongPassword('maria_wrong', 'mysql', process.env.GATEHOUSE_TEST_MARIADB, password)
}

function wrongPassword(name: string, type: string, server: string | undefined, password: string) {
  if (!server) return undefined
  const url = new URL(withDatabase(server, 'secretdb'))
  url.password = encodeURIComponent(password)
  return [name, { type, connection: url.href }] as const
}
