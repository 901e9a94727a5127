import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqliteDatabase } from '@gatehouse/connectors/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { query } from '../harness/api.js'
import { type RunningGateway, startGateway } from '../harness/running-gateway.js'
import { sdk2 } from './mcp-clients.js'

const tableCount = 300
let folder: string
let gateway: RunningGateway
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-facade-'))
  const big = new SqliteDatabase(join(folder, 'big.db'))
  big.exec('begin')
  for (let i = 1; i <= tableCount; i++) {
    const parent = i > 1 ? `, parent_id integer references area_${i - 1}_records (id)` : ''
    big.exec(`create table area_${i}_records (id integer primary key, title text, amount decimal(10,2)${parent})`)
    big.exec(`insert into area_${i}_records (title, amount) values ('first of ${i}', ${i}.5)`)
  }
  big.exec('commit')
  big.close()
  const small = new SqliteDatabase(join(folder, 'small.db'))
  small.exec("create table notes (id integer primary key, text text); insert into notes (text) values ('hello')")
  small.close()
  const sqlite = (name: string) => ({ type: 'sqlite', connection: join(folder, `${name}.db`) })
  const services = { big: sqlite('big'), small: sqlite('small'), other: sqlite('small'), third: sqlite('small') }
  gateway = await startGateway({ services })
})
afterAll(async () => {
  await gateway.close()
  await rm(folder, { recursive: true, force: true })
})

async function open(parameters = '') {
  const endpoint = { url: `${gateway.url}/mcp${parameters}`, key: gateway.key('admin') }
  const client = await sdk2(endpoint, { mode: { pin: '2026-07-28' } })
  const { tools } = await client.listTools()
  const call = async (name: string, input: Record<string, unknown>) => {
    const result = await client.callTool({ name, arguments: input })
    const [first] = result.content as readonly { readonly text?: string }[]
    return { failed: result.isError === true, ...JSON.parse(first?.text ?? '{}') }
  }
  return { client, names: tools.map(({ name }) => name), size: JSON.stringify(tools).length, call }
}

describe('services with too many tools for a model', () => {
  it('are listed as a facade, which stays short', async () => {
    const { client, names, size } = await open()
    expect(names).toEqual(expect.arrayContaining(['find_operations', 'describe_operation', 'call_operation']))
    expect(names.filter((name) => /^(big|small|other|third|system)_/.test(name))).toEqual([])
    expect(size).toBeLessThan(8_000 * 4)
    const examples = [...(client.getInstructions() ?? '').matchAll(/^ {2}(\w+) (\{.*\})$/gm)]
    expect(examples.length).toBeGreaterThan(2)
    for (const [, name = '', input = ''] of examples) {
      expect(name).toBe('call_operation')
      const [first] = (await client.callTool({ name, arguments: JSON.parse(input) })).content as { text: string }[]
      expect(first?.text).not.toContain('"error"')
    }
    await client.close()
  })

  it('are found, described and called', async () => {
    const { client, call } = await open()
    const found = await call('find_operations', { query: 'read area_217' })
    expect(found.resource[0]).toMatchObject({ name: 'big_get_table_data', subjects: expect.any(Array) })
    expect(found.resource[0].subjects[0]).toBe('area_217_records')
    const described = await call('describe_operation', { name: 'big_get_table_data', subject: 'area_217_records' })
    expect(JSON.stringify(described)).toContain('amount')
    expect(JSON.stringify(described).length).toBeLessThan(10_000)
    const input = { table_name: 'area_217_records', fields: ['title', 'amount'] }
    const page = await call('call_operation', { name: 'big_get_table_data', arguments: input })
    expect(page).toMatchObject({ failed: false, rows: 1, resource: [{ title: 'first of 217', amount: 217.5 }] })
    expect(await call('big_get_table_data', input)).toEqual(page)
    await client.close()
  })

  it('are audited as the real call, also when it fails', async () => {
    const { client, call } = await open()
    const made = { table_name: 'area_5_records', records: [{ title: 'audited' }] }
    await call('call_operation', { name: 'big_create_records', arguments: made })
    const wrong = await call('call_operation', {
      name: 'big_get_table_data',
      arguments: { table_name: 'area_5_records', filter: 'titel = 1' },
    })
    expect(wrong).toMatchObject({ failed: true, error: { code: 'invalid', hint: expect.stringContaining('`title`') } })
    await client.close()
    const events = `/system/audit${query({
      filter: "resource = '_table/area_5_records'",
      order: 'id',
      fields: 'operation,surface,status,service',
    })}`
    // Events are written in groups, a moment after the answer.
    await vi.waitFor(async () =>
      expect((await gateway.api().get(events)).body.resource).toEqual([
        { operation: 'create_records', surface: 'mcp', status: 200, service: 'big' },
        { operation: 'get_table_data', surface: 'mcp', status: 400, service: 'big' },
      ]),
    )
  })

  it('say which operation was meant', async () => {
    const { client, call } = await open()
    const near = await call('describe_operation', { name: 'big_get_tabel_data' })
    expect(near).toMatchObject({ failed: true, error: { hint: expect.stringContaining('big_get_table_data') } })
    await expect(call('call_operation', { name: 'big_get_tabel_data', arguments: {} })).resolves.toMatchObject({
      failed: true,
    })
    await client.close()
  })
})

describe('a subset that the address chooses', () => {
  it('is of tools', async () => {
    const { client, names, call } = await open('?tools=big_get_table_data,list_apis')
    expect([...names].sort()).toEqual(['big_get_table_data', 'list_apis'])
    expect(await call('big_get_table_data', { table_name: 'area_9_records' })).toMatchObject({ rows: 1 })
    await expect(call('big_get_tables', {})).rejects.toThrow('Unknown tool')
    await client.close()
  })

  it('is of services', async () => {
    const { client, names, call } = await open('?services=small')
    expect(names).toContain('small_get_table_data')
    expect(names.filter((name) => /^(big|other|third|system)_|find_operations/.test(name))).toEqual([])
    expect((await call('list_apis', {})).resource).toMatchObject([{ name: 'small' }])
    expect((await call('all_get_tables', {})).services).toBe(1)
    await client.close()
  })
})
