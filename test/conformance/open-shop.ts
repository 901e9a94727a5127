import type { JsonObject } from '@gatehouse/core'
import { expect } from 'vitest'
import type { Backend, OpenBackend } from '../backends/backend.js'
import type { Api } from '../harness/api.js'
import { type RunningGateway, startGateway } from '../harness/running-gateway.js'
import { serve } from '../harness/serve.js'
import { type Customer, customers, customerTags, employees, orderItems, orders, shopStatements, tags } from './shop.js'

/** What reading the shop needs to know, whatever kind of database holds it. */
export interface Served {
  /** The REST surface of the service `shop`: paths are below /api/v2/shop. */
  readonly api: Api
  /** The column that numbers customers and orders. */
  readonly key: string
  /** False: there are no regular expressions. */
  readonly regexp?: false
  /** A name of shop.ts as the database can hold it. Absent: it can hold them all. */
  readonly holdable?: (name: string) => string
  /** A customer of shop.ts as it is answered. */
  shown(customer: Customer): Record<string, unknown>
  /** A date and time of shop.ts as it is answered. */
  moment(text: string): string
}

/** A text of the filter language that says `id`, with the column that is meant. */
export function keyed(shop: Served, text: string): string {
  return text.replace(/\bid\b/g, shop.key)
}

/** The shop on one database, behind a gateway, for the tests of one describe block. */
export interface Shop extends Served {
  readonly backend: Backend
  as(role: string): Api
  readonly gateway: RunningGateway
  readonly database: OpenBackend
}

/**
 * Makes the shop before the tests of the block it is called in, and takes it down after them. Where the database is
 * not to be had, each test is skipped with the reason. The rows go in over REST.
 */
export function openShop(backend: Backend, content: JsonObject = {}, service: JsonObject = {}): Shop {
  const serving = serve(
    backend,
    async (database) => {
      await database.run(shopStatements(backend))
      return startGateway({ ...content, services: { shop: { ...database.service, refresh: '0', ...service } } })
    },
    (gateway) =>
      insertAll(below(gateway.api()), {
        customers,
        orders,
        order_items: orderItems,
        tags,
        customer_tags: customerTags,
        employees,
      }),
  )
  return {
    backend,
    key: 'id',
    ...(backend.regexp === false ? { regexp: false } : {}),
    ...(backend.holdable ? { holdable: backend.holdable } : {}),
    shown: (customer) => ({ ...customer }),
    moment: (text) => text,
    get api() {
      return below(serving.gateway.api())
    },
    as: (role) => below(serving.gateway.api(role)),
    get gateway() {
      return serving.gateway
    },
    get database() {
      return serving.place
    },
  }
}

/** Puts the shop's rows into its tables over REST. */
export async function insertAll(api: Api, tables: Readonly<Record<string, readonly object[]>>): Promise<void> {
  for (const [table, rows] of Object.entries(tables)) {
    const reply = await api.post(`/_table/${table}`, { resource: rows })
    expect(reply.status, reply.text).toBe(200)
  }
}

/** An API whose paths begin with the service's. */
export function below(api: Api): Api {
  return {
    get: (path, headers) => api.get(`/shop${path}`, headers),
    post: (path, body, headers) => api.post(`/shop${path}`, body, headers),
    send: (method, path, body, headers) => api.send(method, `/shop${path}`, body, headers),
  }
}
