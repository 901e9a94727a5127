import { describe, expect, it } from 'vitest'
import { mariadb } from '../backends/mariadb.js'
import { postgres } from '../backends/postgres.js'
import { sqlite } from '../backends/sqlite.js'
import { query } from '../harness/api.js'
import { startGateway } from '../harness/running-gateway.js'
import { serve } from '../harness/serve.js'
import { createMcpClient } from '../security/mcp-client.js'

const grant = { service: 'shop', resource: '_table/words', verbs: ['read', 'create'], rows: 'id < 1000' }
const parallel = 40

describe.each([postgres, mariadb, sqlite])('inserts at the same time on $name', (backend) => {
  const shop = serve(backend, async (place) => {
    await place.run(['CREATE TABLE words (id INTEGER NOT NULL PRIMARY KEY, word VARCHAR(40) NOT NULL UNIQUE)'])
    const roles = { bounded: { grants: [grant] } }
    const audit = { mode: 'strict' }
    return startGateway({ services: { shop: { ...place.service, refresh: '0' } }, roles, audit })
  })

  it('are answered each for itself, over both surfaces, and leave one event each', async () => {
    const { gateway, place } = shop
    // Every third has a word that another one has too; every seventh is a record that a policy refuses to half of them.
    const records = Array.from({ length: parallel }, (_, i) => ({
      id: i % 7 === 6 ? 1000 + i : i,
      word: i % 3 === 2 ? `w${i - 1}` : `w${i}`,
    }))
    const callers = ['admin', 'bounded'].map((key) => ({
      rest: gateway.api(key),
      mcp: createMcpClient(gateway.url, gateway.key(key)),
      most: key === 'admin' ? Number.POSITIVE_INFINITY : 1000,
    }))
    const outcomes = await Promise.all(
      records.map(async (record, i) => {
        const { rest, mcp } = callers[i % 2] ?? {}
        if (i % 4 < 2) return (await rest?.post('/shop/_table/words', record))?.body.error?.code ?? 'in'
        const reply = await mcp?.call('shop_create_records', { table_name: 'words', records: [record] })
        return reply?.code ?? 'in'
      }),
    )
    for (const [i, { id }] of records.entries()) {
      const may = id < (callers[i % 2]?.most ?? 0)
      expect(may ? ['in', 'conflict'] : ['forbidden', 'conflict'], `record ${i}`).toContain(outcomes[i])
    }
    const answered = records.filter((_, i) => outcomes[i] === 'in')
    const ids = (rows: readonly { readonly id?: unknown }[]) => rows.map(({ id }) => Number(id)).sort((a, b) => a - b)
    expect(ids(await place.read('SELECT id FROM words'))).toEqual(ids(answered))
    const wanted = records.filter(({ id }) => id < 1000).map(({ word }) => word)
    expect(answered.map(({ word }) => word)).toEqual(expect.arrayContaining(wanted))

    const filter = "resource = '_table/words' and operation = 'create_records'"
    const events = await gateway.api().get(`/system/audit${query({ filter, limit: 100 })}`)
    const told = events.body.resource.map(({ reason }: { reason?: string }) => reason?.split(':')[0] ?? 'in')
    expect(told.sort()).toEqual([...outcomes].sort())
  })
})

describe('inserts at the same time on PostgreSQL', () => {
  const shop = serve(postgres, async (place) => {
    await place.run([
      'CREATE TABLE plain (id int PRIMARY KEY)',
      'CREATE TABLE watched (id int PRIMARY KEY)',
      "CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
      'CREATE TRIGGER watch BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION watch()',
    ])
    return startGateway({ services: { shop: { ...place.service, refresh: '0' } } })
  })

  it.each([
    { table: 'plain', kind: 'share transactions' },
    { table: 'watched', kind: 'have one each where a trigger could tell' },
  ])('$kind', async ({ table }) => {
    const ids = Array.from({ length: parallel }, (_, i) => i)
    const made = await Promise.all(ids.map((id) => shop.gateway.api().post(`/shop/_table/${table}`, { id })))
    expect(made.map(({ status }) => status)).toEqual(ids.map(() => 200))
    const [row] = await shop.place.read(`SELECT count(*) AS rows, count(DISTINCT xmin::text) AS n FROM ${table}`)
    expect(Number(row?.rows)).toBe(parallel)
    if (table === 'plain') expect(Number(row?.n)).toBeLessThan(parallel)
    else expect(Number(row?.n)).toBe(parallel)
  })
})
