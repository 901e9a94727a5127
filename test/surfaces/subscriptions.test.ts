import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqliteDatabase } from '@gatehouse/connectors/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningGateway, startGateway } from '../harness/running-gateway.js'

let folder: string
let gateway: RunningGateway
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-subscriptions-'))
  const sqlite = (name: string) => ({ type: 'sqlite', connection: join(folder, `${name}.db`), refresh: '0' })
  for (const name of ['shop', 'secret']) alter(name, 'create table items (id integer primary key)')
  const reader = { grants: [{ service: 'shop', resource: '*', verbs: ['read'] }] }
  gateway = await startGateway({ services: { shop: sqlite('shop'), secret: sqlite('secret') }, roles: { reader } })
})
afterAll(async () => {
  await gateway.close()
  await rm(folder, { recursive: true, force: true })
})

function alter(service: string, statement: string) {
  const database = new SqliteDatabase(join(folder, `${service}.db`))
  database.exec(statement)
  database.close()
}

/** Changes a service's catalog, and has it noticed. */
async function change(service: string) {
  alter(service, 'alter table items add column note text')
  const { status, body } = await gateway.api().send('POST', `/system/services/${service}/_refresh`)
  expect([status, body.changed]).toEqual([200, true])
}

it('tell of the services that the caller reaches, whatever addresses it names', async () => {
  const method = 'subscriptions/listen'
  const uris = ['shop', 'secret'].map((service) => `gatehouse://${service}/schema/items`)
  const params = {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    },
    notifications: { resourceSubscriptions: uris },
  }
  const closing = new AbortController()
  const response = await fetch(`${gateway.url}/mcp`, {
    method: 'POST',
    signal: closing.signal,
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'X-API-Key': gateway.key('reader'),
      'MCP-Protocol-Version': '2026-07-28',
      'Mcp-Method': method,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const events: string[] = []
  const reading = async (until: string) => {
    for await (const chunk of response.body ?? []) {
      events.push(new TextDecoder().decode(chunk))
      if (events.join('').includes(until)) return
    }
  }
  await change('secret')
  await change('shop')
  await reading('resources/updated')
  const updated = [...events.join('').matchAll(/"method":"notifications\/resources\/updated".*?"uri":"([^"]*)"/g)]
  expect(updated.map(([, uri]) => uri)).toEqual(['gatehouse://shop/schema/items'])
  closing.abort()
})
