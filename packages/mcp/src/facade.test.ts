import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { goodKey } from './testing/gate.js'
import { ask, type Served, serve } from './testing/served.js'

let served: Served
beforeAll(async () => {
  const services = Array.from({ length: 20 }, (_, i) => [`db${i}`, [`orders_${i}`, 'customers']] as const)
  served = await serve(Object.fromEntries(services))
})
afterAll(() => served.close())
beforeEach(() => {
  served.gate.events.length = 0
})

const call = async (name: string, input: object) => {
  const { body } = await ask(`${served.url}/mcp`, 'tools/call', { name, arguments: input })
  return { isError: body.result?.isError ?? false, value: JSON.parse(body.result.content[0].text) }
}

describe('above eight thousand tokens of definitions', () => {
  it('the list has tools to find the others', async () => {
    const { body, text } = await ask(`${served.url}/mcp`, 'tools/list')
    const names = body.result.tools.map(({ name }: { name: string }) => name)
    expect(names.slice(0, 3)).toEqual(['find_operations', 'describe_operation', 'call_operation'])
    expect(names).toContain('list_apis')
    expect(names).not.toContain('db0_get_tables')
    expect(text.length).toBeLessThan(8000)
  })

  it('finds operations by words, tables among them', async () => {
    const { value } = await call('find_operations', { query: 'read orders_7' })
    expect(value.resource[0]).toMatchObject({ name: expect.stringMatching(/^db7_/), subjects: ['orders_7'] })
    expect(value.resource.length).toBeLessThanOrEqual(25)
    expect((await call('find_operations', {})).value.rows).toBe(20 * 8)
    expect(served.gate.events.map(({ operation }) => operation)).toEqual(['find_operations', 'find_operations'])
  })

  it('describes one, typed by a table', async () => {
    const { value } = await call('describe_operation', { name: 'db3_get_table_data' })
    expect(value.resource[0].inputSchema.required).toEqual(['table_name'])
    const typed = await call('describe_operation', { name: 'db3_get_table_data', subject: 'customers' })
    expect(typed.value.resource[0]).toMatchObject({
      description: 'Only for customers',
      arguments_beside: { table_name: 'customers' },
      inputSchema: { properties: { column_of_customers: {} } },
    })
    const missing = await call('describe_operation', { name: 'db3_get_table_dat' })
    expect(missing).toMatchObject({ isError: true, value: { error: { code: 'not_found' } } })
    expect(missing.value.error.hint).toContain('db3_get_table_data')
  })

  it('turns a call into the real one', async () => {
    const input = { table_name: 'customers', limit: 1 }
    const { value } = await call('call_operation', { name: 'db3_get_table_data', arguments: input })
    expect(value.rows).toBe(1)
    expect(served.gate.events).toMatchObject([{ service: 'db3', operation: 'get_table_data', input }])
  })

  it('asks for confirmation there too', async () => {
    const input = { name: 'db1_delete_records', arguments: { table_name: 'customers', force: true } }
    const request = { name: 'call_operation', arguments: input }
    const more = { capabilities: { elicitation: {} } }
    const { body } = await ask(`${served.url}/mcp`, 'tools/call', request, more)
    expect(body.result.resultType).toBe('input_required')
    const inputResponses = { confirm: { action: 'accept', content: { confirm: true } } }
    const again = { ...request, requestState: body.result.requestState, inputResponses }
    expect((await ask(`${served.url}/mcp`, 'tools/call', again, more)).body.result.resultType).toBe('complete')
  })

  it('does not call itself, or what is not there', async () => {
    for (const name of ['call_operation', 'list_apis', 'db3_nothing']) {
      const { isError, value } = await call('call_operation', { name, arguments: {} })
      expect([isError, value.error.code]).toEqual([true, 'not_found'])
    }
    expect(served.gate.events).toHaveLength(3)
    expect((await call('call_operation', { arguments: {} })).value.error.message).toBe('`name` is missing')
  })

  it('calls by name work as well', async () => {
    expect((await call('db3_get_tables', {})).value.resource).toHaveLength(2)
  })

  it('the instructions show calls in the way of the facade, and they run', async () => {
    const { body } = await ask(`${served.url}/mcp`, 'server/discover')
    const { examples, facade } = await served.mcp.describe({ apiKey: goodKey })
    expect(facade).toBe(true)
    expect(examples.length).toBeGreaterThan(0)
    for (const { tool, arguments: input } of examples) {
      expect(body.result.instructions).toContain(`${tool} ${JSON.stringify(input)}`)
      expect((await call(tool, input)).isError).toBe(false)
    }
  })
})

it('a choice of services may be short enough for a plain list', async () => {
  const { body } = await ask(`${served.url}/mcp?services=db1,db2`, 'tools/list')
  expect(body.result.tools.map(({ name }: { name: string }) => name)).toContain('db2_get_tables')
  const { body: instructions } = await ask(`${served.url}/mcp?services=db1`, 'server/discover')
  expect(instructions.result.instructions).toContain('db1_get_data_model {}')
  expect(instructions.result.instructions).not.toContain('db2')
})
