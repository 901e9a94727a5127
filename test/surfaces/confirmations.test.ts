import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SampleGateway, startSampleGateway } from '../harness/sample-gateway.js'
import { type McpClient, sdk2 } from './mcp-clients.js'

/** A client that cannot ask its person for anything. */
let gateway: SampleGateway
let client: McpClient
beforeAll(async () => {
  gateway = await startSampleGateway({ mcp: { default: { services: ['salesdb'] } } })
  const endpoint = { url: `${gateway.url}/mcp`, key: gateway.key('admin') }
  client = await sdk2(endpoint, { mode: { pin: '2026-07-28' } })
})
afterAll(async () => {
  await client.close()
  await gateway.close()
})

async function call(name: string, input: Record<string, unknown>) {
  const result = await client.callTool({ name, arguments: input })
  const [first] = result.content as readonly { readonly text?: string }[]
  return { failed: result.isError === true, ...JSON.parse(first?.text ?? '{}') }
}

const counted = async (table: string, filter: string) => {
  const input = { table_name: table, filter, count_only: true }
  return (await call('salesdb_get_table_data', input)).count as number
}

const ids = Array.from({ length: 150 }, (_, i) => i + 1)
const note = { note: 'changed by an agent' }
const orders = { table_name: 'orders', records: note }

describe('more rows than may change without a word of a person', () => {
  it.each<[string, Record<string, unknown>]>([
    ['ids in a list', { ...orders, ids }],
    ['ids by their other name', { ...orders, id: ids }],
    ['ids in one text', { ...orders, id: ids.join(',') }],
    ['ids in a list in a text', { ...orders, ids: JSON.stringify(ids) }],
    ['a filter', { ...orders, where: 'id <= 150' }],
    ['all of them', { ...orders, force: true }],
    ['all of them, the record in a list', { table_name: 'orders', records: [note], force: true }],
    ['records with keys', { table_name: 'orders', record: ids.map((id) => ({ id, ...note })) }],
  ])('are not changed by %s', async (_way, input) => {
    const { failed, error } = await call('salesdb_update_records', input)
    expect([failed, error.code, error.context.most]).toEqual([true, 'forbidden', 100])
    expect(await counted('orders', "note = 'changed by an agent'")).toBe(0)
  })

  it('are not deleted by ids of a composite key that stand in one text of a list', async () => {
    const page = { table_name: 'order_items', fields: ['order_id', 'line_no'], limit: 150 }
    const { resource } = await call('salesdb_get_table_data', page)
    const named = resource.map((item: { order_id: number; line_no: number }) => `${item.order_id},${item.line_no}`)
    for (const given of [[named.join(';')], named.join(';'), named.join(';').split(',')]) {
      const { failed, error } = await call('salesdb_delete_records', { table_name: 'order_items', ids: given })
      expect([failed, error.code]).toEqual([true, 'forbidden'])
    }
    expect(await counted('order_items', 'order_id <= 1')).toBeGreaterThan(0)
  })

  it('are not overwritten by an upsert, while new ones are created', async () => {
    const records = ids.map((id) => ({ id: id + 1000, name: `tag ${id}` }))
    expect(await call('salesdb_create_records', { table_name: 'tags', records })).toMatchObject({ rows: 150 })
    const others = records.map(({ id }) => ({ id, name: `overwritten ${id}` }))
    const { failed, error } = await call('salesdb_create_records', {
      table_name: 'tags',
      records: others,
      upsert: true,
    })
    expect([failed, error.code]).toEqual([true, 'forbidden'])
    expect(await counted('tags', "name starts with 'overwritten'")).toBe(0)
    const few = { table_name: 'tags', records: others.slice(0, 3), upsert: true }
    expect(await call('salesdb_create_records', few)).toMatchObject({ rows: 3 })
  })
})

describe('a limit that the caller sets itself', () => {
  it.each([
    [{ max_affected: '5' }, 'takes a whole number'],
    [{ max_affected: null }, 'takes a whole number'],
    [{ max_affected: -1 }, 'must be >= 0'],
    [{ max_affected: 500, maxAffected: 5 }, 'send one of them'],
    [{ maxAffected: 5 }, 'max_affected allows 5'],
  ])('is kept or refused, never passed over: %j', async (limit, says) => {
    const { failed, error } = await call('salesdb_update_records', { ...orders, filter: 'id <= 20', ...limit })
    expect([failed, error.code]).toEqual([true, 'invalid'])
    expect(error.message).toContain(says)
    expect(await counted('orders', "note = 'changed by an agent'")).toBe(0)
  })
})
