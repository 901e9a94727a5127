import { Failure } from '@gatehouse/core'
import type { ServiceConfig } from './config.js'

/** Gatehouse's own data as a service: the audit trail, read through the connector of the store's database. */
export function systemService(storeUrl: string): ServiceConfig {
  return {
    name: 'system',
    type: connectorOf(storeUrl),
    label: 'System',
    description: 'Gatehouse itself: who did what, and the services',
    schemas: [],
    tables: { include: ['audit'], exclude: [] },
    maxRecords: 1000,
    timeoutMs: 30_000,
    pool: { max: 2, idleMs: 30_000 },
    readOnly: true,
    refreshMs: 0,
    useComments: true,
    describe: { audit: { description: 'One row a call, on either surface, also for refused and failed ones' } },
    relationships: [],
    own: { connection: storeUrl },
  }
}

/** The connector that reads what the store writes. */
function connectorOf(storeUrl: string): string {
  const scheme = storeUrl.slice(0, storeUrl.indexOf(':'))
  const type = { sqlite: 'sqlite', postgres: 'postgres', postgresql: 'postgres', mysql: 'mysql', mariadb: 'mysql' }[
    scheme
  ]
  if (type === undefined) throw new Failure('invalid', 'store.url must begin with sqlite:, postgres:// or mysql://')
  return type
}
