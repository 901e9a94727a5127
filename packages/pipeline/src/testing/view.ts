import type { Authority, Catalog, Connector, Grant, Operation, Service, Services } from '@gatehouse/core'
import type { Restriction } from '../restriction.js'
import { createViews, type View } from '../view.js'
import { ada, shop } from './shop.js'

/** Grants by resource: `_table/orders`. */
export type Grants = Readonly<Record<string, readonly Grant[]>>

export function authorityOf(grants: Grants): Authority {
  return {
    version: 1,
    grants: (_principal, _service, resource) => grants[resource] ?? [],
    patterns: () => Object.keys(grants),
    reaches: (_principal, service) => service === 'shop' && Object.values(grants).some((some) => some.length > 0),
  }
}

const unused: Connector = {
  capabilities: {
    transactions: true,
    upsert: true,
    aggregates: ['count'],
    routines: true,
    regexp: true,
    related: true,
  },
  introspect: async () => shop,
  execute: async () => {
    throw new Error('Nothing runs here')
  },
  close: async () => undefined,
}

export function serviceOf(connector: Connector = unused, catalog: Catalog = shop): Service {
  return {
    name: 'shop',
    type: 'memory',
    label: 'Shop',
    description: 'A shop',
    family: 'database',
    state: 'up',
    catalog,
    connector,
    maxRecords: 1000,
    timeoutMs: 30_000,
  }
}

const noServices: Services = {
  find: () => undefined,
  all: () => [],
  refresh: () => Promise.reject(new Error('There are no services')),
}

export function viewOf(grants: Grants, operations: readonly Operation[] = []): View {
  // A principal without any grant reaches no service, but what it would be told of a table is worth a test.
  const authority = { ...authorityOf(grants), reaches: () => true }
  const view = createViews(authority, () => operations, noServices)(ada, serviceOf(), 'rest')
  if (!view) throw new Error('The shop is out of reach')
  return view
}

export function restrictionOf(grants: Grants, principal = ada): Restriction {
  return { view: viewOf(grants), principal, notes: {} }
}
