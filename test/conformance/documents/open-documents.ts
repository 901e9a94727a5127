import type { JsonObject } from '@gatehouse/core'
import { afterAll, beforeAll, beforeEach, expect, type TestContext } from 'vitest'
import type { DocumentBackend, OpenDocuments } from '../../backends/mongodb.js'
import type { Api } from '../../harness/api.js'
import { type RunningGateway, startGateway } from '../../harness/running-gateway.js'
import { below, type Served } from '../open-shop.js'
import { customers, customerTags, orderItems, orders, tags } from '../shop.js'
import { makeCollections, relationships } from './shop.js'

/** The shop in one document database, behind a gateway, for the tests of one describe block. */
export interface DocumentShop extends Served {
  readonly backend: DocumentBackend
  as(role: string): Api
  readonly gateway: RunningGateway
  readonly documents: OpenDocuments
}

/** As openShop: makes the shop before the tests of the block, with rows that go in over REST. */
export function openDocuments(backend: DocumentBackend, content: JsonObject = {}): DocumentShop {
  let documents: OpenDocuments | undefined
  let gateway: RunningGateway | undefined
  let skipped: string | undefined

  beforeAll(async () => {
    const opened = await backend.open()
    if ('skipped' in opened) {
      skipped = opened.skipped
      return
    }
    documents = opened
    await makeCollections(documents.database)
    const service = { ...documents.service, refresh: '0', relationships }
    gateway = await startGateway({ ...content, services: { shop: service } })
    const api = below(gateway.api())
    const numbered = <T extends object>(rows: readonly T[]) => rows.map((row, i) => ({ _id: i + 1, ...row }))
    for (const [table, rows] of Object.entries({
      customers: numbered(customers),
      orders: numbered(orders),
      order_items: orderItems,
      tags: numbered(tags),
      customer_tags: customerTags,
    })) {
      const reply = await api.post(`/_table/${table}`, { resource: rows })
      expect(reply.status, reply.text).toBe(200)
    }
  })
  beforeEach((context: TestContext) => {
    if (skipped !== undefined) context.skip(`${backend.name}: ${skipped}`)
  })
  afterAll(async () => {
    await gateway?.close()
    await documents?.close()
  })

  const running = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('The shop is not open')
    return value
  }
  return {
    backend,
    key: '_id',
    shown: (customer) => ({ ...customer, birthday: customer.birthday && `${customer.birthday}T00:00:00Z` }),
    moment: (text) => `${text}Z`,
    get api() {
      return below(running(gateway).api())
    },
    as: (role) => below(running(gateway).api(role)),
    get gateway() {
      return running(gateway)
    },
    get documents() {
      return running(documents)
    },
  }
}
