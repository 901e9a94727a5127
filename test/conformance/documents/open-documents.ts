import type { JsonObject } from '@gatehouse/core'
import type { DocumentBackend, OpenDocuments } from '../../backends/mongodb.js'
import type { Api } from '../../harness/api.js'
import { type RunningGateway, startGateway } from '../../harness/running-gateway.js'
import { serve } from '../../harness/serve.js'
import { below, insertAll, type Served } from '../open-shop.js'
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
  const serving = serve(
    backend,
    async (documents) => {
      await makeCollections(documents.database)
      const service = { ...documents.service, refresh: '0', relationships }
      return startGateway({ ...content, services: { shop: service } })
    },
    (gateway) =>
      insertAll(below(gateway.api()), {
        customers: numbered(customers),
        orders: numbered(orders),
        order_items: orderItems,
        tags: numbered(tags),
        customer_tags: customerTags,
      }),
  )
  return {
    backend,
    key: '_id',
    shown: (customer) => ({ ...customer, birthday: customer.birthday && `${customer.birthday}T00:00:00Z` }),
    moment: (text) => `${text}Z`,
    get api() {
      return below(serving.gateway.api())
    },
    as: (role) => below(serving.gateway.api(role)),
    get gateway() {
      return serving.gateway
    },
    get documents() {
      return serving.place
    },
  }
}

function numbered(rows: readonly object[]): object[] {
  return rows.map((row, i) => ({ _id: i + 1, ...row }))
}
