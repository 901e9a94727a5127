import { beforeAll, describe, expect, it } from 'vitest'
import type { Backend } from '../backends/backend.js'
import { openShop, type Shop } from '../conformance/open-shop.js'
import { oddTable } from '../conformance/shop.js'
import { digest } from './digest.js'
import { type Client, type Input, inputs } from './injection-inputs.js'
import { createMcpClient } from './mcp-client.js'
import { leaksIn, secretsOf } from './no-leaks.js'
import { payloads } from './payloads.js'

const secret = 'CANARY-7f3a91'

/** It sees customers of one country without their ssn, and nothing of the canary. */
const limited = {
  grants: [
    { service: 'shop', resource: '_table/*', verbs: ['read'] },
    {
      service: 'shop',
      resource: '_table/customers',
      verbs: ['read', 'update', 'delete'],
      rows: "country = 'DE'",
      fields: { deny: ['ssn'] },
    },
    { service: 'shop', resource: '_table/probe', verbs: ['read', 'create', 'update', 'delete'] },
    { service: 'shop', resource: '_table/canary', deny: true },
    { service: 'shop', resource: '_func/add_numbers', verbs: ['execute'] },
  ],
}

const watched = [
  'customers',
  'orders',
  'order_items',
  'tags',
  'customer_tags',
  'employees',
  'every_type',
  'journal',
  'canary',
  oddTable,
]

/**
 * The corpus through every input. `reach` says which inputs: all; all, but each payload in a third of those that are
 * refused before a database sees them (GATEHOUSE_LONG=1: in all); or those alone whose values a database sees.
 */
export function injection(backend: Backend, reach: 'all' | 'third' | 'values'): void {
  describe(`injection on ${backend.name}`, () => {
    const shop = openShop(backend, { roles: { limited }, server: { port: 0, body_limit: '1mb' } })
    let before: Readonly<Record<string, string>> = {}

    beforeAll(async () => {
      if (!isOpen(shop)) return
      const { types, quote } = backend
      await shop.database.run([
        `CREATE TABLE canary (id ${types.identity}, secret ${types.name})`,
        `INSERT INTO canary (id, secret) VALUES (1, '${secret}'), (2, '${secret}')`,
        `CREATE TABLE probe (id ${types.identity}, ${quote('body')} ${types.text} NULL, ${quote('doc')} ${types.json} NULL)`,
      ])
      const refreshed = await shop.gateway.api().post('/system/services/shop/_refresh')
      expect(refreshed.status, refreshed.text).toBe(200)
      before = await digest(backend, shop.database, watched)
    })

    const client = (role: string): Client => ({
      api: shop.as(role),
      mcp: createMcpClient(shop.gateway.url, shop.gateway.key(role)),
    })

    it('has a corpus worth its name', () => {
      expect(payloads.length).toBeGreaterThanOrEqual(150)
      expect(new Set(inputs.map(({ name }) => name)).size).toBe(inputs.length)
    })

    const chosen = reach === 'values' ? inputs.filter(({ as }) => as === 'value') : inputs
    const every = (input: Input) => reach !== 'third' || input.as === 'value' || process.env.GATEHOUSE_LONG === '1'
    it.each(chosen)('finds nothing to inject into: $name', async (input) => {
      const caller = client('limited')
      const secrets = [secret, ...secretsOf(shop.database.service.connection)]
      const turn = inputs.indexOf(input)
      const taken = payloads.filter(
        (payload, i) => (every(input) || (i + turn) % 3 === 0) && (input.takes?.(payload) ?? true),
      )
      expect(taken.length).toBeGreaterThan(every(input) ? 100 : 30)
      const answered = await inTurns(taken, 6, (payload) => probe(caller, input, payload, secrets))
      expect(answered.filter((problem) => problem !== undefined)).toEqual([])
    })

    it('gives back what was stored, as it was', async () => {
      const { api, mcp } = client('limited')
      let kept = 0
      for (const payload of payloads) {
        const record = { body: payload, doc: { [payload]: payload, list: [payload] } }
        const reply = await api.post('/_table/probe?fields=*', record)
        if (payload.includes('\0') || /\p{Surrogate}/u.test(payload)) {
          // No database can keep it, so it is refused and not bent.
          expect([400, 422], `${JSON.stringify(payload)}: ${reply.text}`).toContain(reply.status)
          continue
        }
        expect(reply.status, `${JSON.stringify(payload)}: ${reply.text}`).toBe(200)
        const { id } = reply.body.resource?.[0] ?? reply.body
        const back = await api.get(`/_table/probe/${id}`)
        expect([back.body.body, back.body.doc]).toEqual([payload, record.doc])
        const [found] = await shop.database.read(`SELECT body FROM probe WHERE id = ${Number(id)}`)
        expect(found?.body).toBe(payload)
        const changed = await mcp.call('shop_update_records', {
          table_name: 'probe',
          records: [{ id, body: `${payload}+` }],
        })
        expect(changed.failed, changed.text).toBe(false)
        const same = await api.get(
          `/_table/probe?filter=${encodeURIComponent('body = :p')}&params=${encodeURIComponent(JSON.stringify({ p: `${payload}+` }))}`,
        )
        expect(
          same.body.resource.map((row: { id: number }) => row.id),
          JSON.stringify(payload),
        ).toContain(id)
        kept++
      }
      expect(kept).toBeGreaterThan(150)
    })

    it('left everything as it was', async () => {
      expect(Object.keys(before)).toHaveLength(watched.length + 1)
      expect(await digest(backend, shop.database, watched)).toEqual(before)
    })
  })
}

/** What is wrong with the answer, or nothing. */
async function probe(
  client: Client,
  input: Input,
  payload: string,
  secrets: readonly string[],
): Promise<string | undefined> {
  const { status, headers, text } = await input.send(client, payload)
  const shown = `${JSON.stringify(payload.slice(0, 100))} -> ${status} ${text.slice(0, 400)}`
  if (status >= 500) return `failed: ${shown}`
  if (/900-00-\d/.test(text) || text.includes(secret)) return `tells a secret: ${shown}`
  if (/\\?"country\\?":\\?"(FR|US)/.test(text)) return `tells of others: ${shown}`
  if (headers.get('set-cookie') !== null) return `has a header of its own: ${shown}`
  const refused = status >= 400 || text.includes('"isError":true') || text.startsWith('{"jsonrpc":"2.0","id":1,"error"')
  if (!refused && input.as === 'value' && /\\?"id\\?":\d/.test(text.replace(/^\{"jsonrpc":"2.0","id":\d+/, ''))) {
    return `finds records: ${shown}`
  }
  if (status >= 400 && !text.includes('"error"')) return `is no failure of ours: ${shown}`
  const leaks = refused
    ? leaksIn(text, payload, secrets)
    : secrets.filter((s) => text.includes(s) && !payload.includes(s))
  return leaks.length > 0 ? `leaks ${leaks.join('; ')}: ${shown}` : undefined
}

async function inTurns<T, R>(items: readonly T[], width: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const queue = [...items]
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) results.push(await run(item))
    }),
  )
  return results
}

function isOpen(shop: Shop): boolean {
  try {
    return shop.database !== undefined
  } catch {
    return false
  }
}
