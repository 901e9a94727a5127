import type { Catalog, Operation } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { operationsOf } from '../operations-of.js'
import { failureOf } from '../testing/failure-of.js'
import { column, limits, operation, service, shop, table } from '../testing/shop.js'

const operations = operationsOf(service(), shop)
const named = (name: string) => operation(operations, name)

function withAbilities(can: Partial<Record<'read' | 'create' | 'update' | 'delete', boolean>>): Catalog {
  const none = { read: false, create: false, update: false, delete: false }
  const tables = [...shop.tables].map(([name, t]) => [name, { ...t, can: { ...none, ...can } }] as const)
  return { ...shop, tables: new Map(tables) }
}

const names = (list: readonly Operation[]) => list.map((o) => o.name)

/** The input that a description ends with. */
function exampleIn(description: string): Record<string, unknown> | undefined {
  const at = description.lastIndexOf('Example: ')
  return at < 0 ? undefined : JSON.parse(description.slice(at + 9))
}

describe('the operations of a database', () => {
  it('are these, at these routes', () => {
    const routes = operations.map((o) => {
      const rule = `${o.http.methods.join()} ${o.http.path}${o.http.body ? ` body ${o.http.body}` : ''}`
      return `${o.name}: ${rule}; ${o.effect}; ${o.surfaces.join()}`
    })
    expect(routes).toMatchInlineSnapshot(`
      [
        "get_data_model: GET /_model; read; rest,mcp",
        "get_tables: GET /_table; read; rest,mcp",
        "list_schema: GET /_schema; read; rest",
        "get_stored_procedures: GET /_proc; read; rest,mcp",
        "get_stored_functions: GET /_func; read; rest,mcp",
        "get_database_resources: GET /; read; rest,mcp",
        "get_api_spec: GET /_spec; read; rest,mcp",
        "get_table_schema: GET /_schema/{table_name}; read; rest,mcp",
        "get_table_fields: GET /_schema/{table_name}/_field; read; rest,mcp",
        "get_table_relationships: GET /_schema/{table_name}/_related; read; rest,mcp",
        "get_table_field: GET /_schema/{table_name}/_field/{field_name}; read; rest",
        "get_table_relationship: GET /_schema/{table_name}/_related/{relationship_name}; read; rest",
        "get_table_data: GET /_table/{table_name}; read; rest,mcp",
        "get_record: GET /_table/{table_name}/{id}; read; rest",
        "aggregate_data: POST,GET /_table/{table_name}/_aggregate body *; read; rest,mcp",
        "create_records: POST /_table/{table_name} body records; create; rest,mcp",
        "update_records: PATCH /_table/{table_name} body records; update; rest,mcp",
        "replace_records: PUT /_table/{table_name} body records; update; rest",
        "delete_records: DELETE /_table/{table_name} body records; delete; rest,mcp",
        "update_record: PATCH /_table/{table_name}/{id} body records; update; rest",
        "replace_record: PUT /_table/{table_name}/{id} body records; update; rest",
        "delete_record: DELETE /_table/{table_name}/{id}; delete; rest",
        "call_stored_procedure: POST /_proc/{procedure_name} body *; execute; rest,mcp",
        "call_stored_function: POST /_func/{function_name} body *; execute; rest,mcp",
        "query_stored_function: GET /_func/{function_name}; execute; rest",
      ]
    `)
  })

  it('follow what the tables allow', () => {
    const readOnly = names(operationsOf(service(), withAbilities({ read: true })))
    expect(readOnly).toContain('get_table_data')
    expect(readOnly.filter((n) => /create|update|replace|delete/.test(n))).toEqual([])
    const createOnly = names(operationsOf(service(), withAbilities({ create: true })))
    expect(createOnly).toContain('create_records')
    expect(createOnly.filter((n) => /get_table_|get_record|aggregate|update|delete/.test(n))).toEqual([])
    expect(named('create_records').subject?.values).not.toContain('totals')
    expect(named('get_table_data').subject?.values).toContain('totals')
  })

  it('follow what the source can', () => {
    const poor = { upsert: false, aggregates: [], routines: false, related: false, regexp: false }
    const list = operationsOf(service({}, poor), { ...shop, routines: new Map() })
    expect(names(list).filter((n) => /aggregate|stored/.test(n))).toEqual([])
    expect(operation(list, 'create_records').input.properties).not.toHaveProperty('upsert')
    expect(JSON.stringify(operation(list, 'get_table_data').input)).not.toContain('regexp')
  })

  it('are none but the overview of an empty catalog, and none of files', () => {
    const empty = { tables: new Map(), routines: new Map(), version: '' }
    expect(names(operationsOf(service(), empty))).toEqual(['get_database_resources', 'get_api_spec'])
    expect(operationsOf(service({ family: 'files' }), empty)).toEqual([])
  })

  it('ask the role about their table or routine', () => {
    for (const o of operations) {
      if (o.subject?.parameter === 'table_name') expect(o.resource({ table_name: 'orders' })).toBe('_table/orders')
    }
    expect(named('call_stored_procedure').resource({ procedure_name: 'x' })).toBe('_proc/x')
    expect(named('call_stored_function').resource({ function_name: 'x' })).toBe('_func/x')
    expect(named('get_tables').resource({})).toBe('_table')
    expect(named('get_stored_procedures').resource({})).toBe('_proc')
    expect(named('get_data_model').resource({})).toBe('')
    expect(failureOf(() => named('get_table_data').resource({})).code).toBe('invalid')
  })

  it('fit into the context of a model', () => {
    const tools = operations
      .filter((o) => o.surfaces.includes('mcp'))
      .map(({ name, title, description, input, output }) => ({ name, title, description, input, output }))
    expect(tools).toHaveLength(16)
    expect(JSON.stringify(tools).length).toBeLessThan(32_000)
  })

  it('list the names of tables while they are few', () => {
    expect(named('get_table_data').input.properties.table_name).toEqual({
      type: 'string',
      enum: [...shop.tables.keys()],
    })
    const many = Array.from({ length: 51 }, (_, i) => table(`t${i}`, [column('id', 'integer')], { primaryKey: ['id'] }))
    const catalog = { ...shop, tables: new Map(many.map((t) => [t.name, t])) }
    const list = operation(operationsOf(service(), catalog), 'get_table_data')
    expect(list.input.properties.table_name).not.toHaveProperty('enum')
    expect(list.subject?.values).toHaveLength(51)
  })

  it('take no unknown argument, and other spellings of the known ones', () => {
    for (const o of operations) {
      expect(o.input.additionalProperties).toBe(false)
      for (const [alias, property] of Object.entries(o.aliases)) {
        expect(o.input.properties).toHaveProperty(property)
        expect(o.input.properties).not.toHaveProperty(alias)
      }
    }
    expect(named('get_table_data').aliases).toMatchObject({
      select: 'fields',
      where: 'filter',
      top: 'limit',
      skip: 'offset',
      order_by: 'order',
      orderBy: 'order',
      sort: 'order',
      group_by: 'group',
      tableName: 'table_name',
      includeCount: 'include_count',
    })
    expect(named('aggregate_data').aliases).toMatchObject({ group: 'group_by', aggregation: 'aggregates' })
    expect(named('call_stored_procedure').aliases).toMatchObject({ parameters: 'params' })
  })

  it('say nothing twice and only what works: every example can be planned', () => {
    let examples = 0
    for (const o of operations) {
      expect(o.description.length).toBeGreaterThan(0)
      const faces = [{ face: o, bound: {} }]
      for (const value of o.subject?.values ?? []) {
        const face = o.subject?.bind(value)
        expect(face?.input.properties).not.toHaveProperty(o.subject?.parameter ?? '')
        if (face && o.subject) faces.push({ face: { ...o, ...face }, bound: { [o.subject.parameter]: value } })
      }
      for (const { face, bound } of faces) {
        const example = exampleIn(face.description)
        if (!example) continue
        for (const name of Object.keys(example)) expect(face.input.properties).toHaveProperty(name)
        o.plan({ ...JSON.parse(JSON.stringify(example)), ...bound }, limits)
        examples++
      }
    }
    expect(examples).toBeGreaterThan(20)
  })

  it('give filters that work as examples, whatever the names are', () => {
    const odd = table(
      'odd "names"',
      [column('not', 'text'), column('a b', 'decimal'), column('c"d', 'date'), column('é', 'boolean')],
      { primaryKey: ['not'] },
    )
    const catalog = { ...shop, tables: new Map([[odd.name, odd]]) }
    const list = operation(operationsOf(service(), catalog), 'get_table_data')
    const example = exampleIn(list.subject?.bind(odd.name).description ?? '')
    const plan = list.plan({ ...JSON.parse(JSON.stringify(example)), table_name: odd.name }, limits)
    expect(plan).toMatchObject({
      kind: 'select',
      filter: {},
      columns: [{ name: 'not' }, { name: 'a b' }, { name: 'c"d' }],
    })
  })
})

describe('an operation bound to a table', () => {
  it('is typed by its columns, the same objects everywhere', () => {
    const list = named('get_table_data').subject?.bind('customers')
    const record = named('get_record').subject?.bind('customers').output
    expect(list?.title).toContain('customers')
    expect(list?.description).toContain('Who buys')
    expect(named('get_table_data').subject?.bind('customers')).toBe(list)
    expect(list?.output).toMatchObject({ properties: { resource: { type: 'array' } } })
    expect(record).toMatchObject({
      title: 'customers',
      properties: {
        id: { type: 'integer', format: 'int32', readOnly: true },
        name: { type: 'string', maxLength: 80, description: 'Full name of the customer' },
        email: { type: ['string', 'null'], maxLength: 120, examples: ['ada@example.com'] },
        segment: { enum: ['consumer', 'business'] },
        created_at: { type: 'string', format: 'date-time' },
        photo: { contentEncoding: 'base64' },
      },
    })
    expect(record).not.toHaveProperty('required')
    expect(named('update_record').subject?.bind('customers').output).toBe(record)
  })

  it('requires of a new record what the database has no value for', () => {
    const create = named('create_records').subject?.bind('orders').input.properties.records
    expect(create).toMatchObject({
      items: { required: ['customer_id', 'status', 'order_date', 'total'], additionalProperties: false },
    })
    expect(create).not.toHaveProperty('items.properties.gross')
    const update = named('update_records').subject?.bind('orders').input.properties.records
    expect(update).not.toHaveProperty('items.required')
  })

  it('shows masked columns as text, without an example', () => {
    const record = named('get_record').subject?.bind('salaries').output
    expect(record).toMatchObject({ properties: { amount: { type: ['string', 'null'] } } })
    expect(record).not.toHaveProperty('properties.amount.examples')
  })

  it('is there for what the caller sees alone', () => {
    expect(failureOf(() => named('get_table_data').subject?.bind('payroll')).code).toBe('not_found')
    expect(failureOf(() => named('create_records').subject?.bind('totals')).code).toBe('method_not_allowed')
  })
})

describe('questions on the catalog', () => {
  it('are planned for the pipeline', () => {
    const plan = (name: string, input = {}) => named(name).plan(input, limits)
    expect(plan('get_data_model')).toEqual({ kind: 'catalog', answer: 'model' })
    expect(plan('get_tables', { as_list: true, include_access: true })).toEqual({
      kind: 'catalog',
      answer: 'tables',
      asList: true,
      includeAccess: true,
    })
    expect(plan('get_stored_functions')).toEqual({ kind: 'catalog', answer: 'routines', routineKind: 'function' })
    expect(plan('get_api_spec', { dry_run: true })).toEqual({ kind: 'catalog', answer: 'spec', dryRun: true })
    expect(plan('get_table_schema', { table_name: 'orders' })).toEqual({
      kind: 'catalog',
      answer: 'schema',
      table: 'orders',
    })
    expect(plan('get_table_field', { table_name: 'orders', field_name: 'total' })).toMatchObject({
      answer: 'fields',
      member: 'total',
    })
    const missing = { table_name: 'orders', field_name: 'totl' }
    expect(failureOf(() => plan('get_table_field', missing))).toMatchObject({ code: 'not_found' })
    const lost = { table_name: 'orders', relationship_name: 'x' }
    expect(failureOf(() => plan('get_table_relationship', lost))).toMatchObject({ code: 'not_found' })
  })
})
