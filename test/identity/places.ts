import { randomBytes } from 'node:crypto'
import type { JsonObject } from '@gatehouse/core'
import type { Backend } from '../backends/backend.js'
import { sqlite } from '../backends/sqlite.js'
import { type RunningGateway, startGateway } from '../harness/running-gateway.js'
import { there } from '../harness/there.js'

/** A store for gateways that are started on it, and a shop with notes of two teams. */
export interface Place {
  readonly url: string
  /** A gateway on this store. All of them share the installation's key. */
  start(content?: JsonObject): Promise<RunningGateway>
  close(): Promise<void>
}

const reader = {
  grants: [{ service: 'shop', resource: '_table/notes', verbs: ['read'], rows: 'team = {user.team}' }],
}

export async function openPlace(backend: Backend): Promise<Place | { readonly skipped: string }> {
  const store = await backend.open()
  if ('skipped' in store) return store
  const shop = there(await sqlite.open())
  await shop.run([
    'CREATE TABLE notes (id INTEGER PRIMARY KEY, team TEXT)',
    "INSERT INTO notes VALUES (1, 'a'), (2, 'b'), (3, 'b')",
  ])
  process.env.GATEHOUSE_KEY = randomBytes(32).toString('base64')
  const path = String(store.service.connection)
  const url = /^\w+:\/\//.test(path) ? path : `sqlite:${path}`
  const gateways: RunningGateway[] = []
  return {
    url,
    async start(content = {}) {
      const whole = { store: { url }, services: { shop: shop.service }, roles: { reader }, ...content }
      const gateway = await startGateway(whole)
      gateways.push(gateway)
      return gateway
    },
    async close() {
      delete process.env.GATEHOUSE_KEY
      for (const gateway of gateways) await gateway.close()
      await store.close()
      await shop.close()
    },
  }
}
