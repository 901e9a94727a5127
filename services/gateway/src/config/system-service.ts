import { Failure } from '@gatehouse/core'
import type { ServiceConfig } from './config.js'

/** Tables of the store that the service shows, each by rules of its own. */
const systemTables: readonly string[] = [
  'audit',
  'users',
  'sessions',
  'reset_codes',
  'api_keys',
  'roles',
  'grants',
  'services',
  'limits',
  'mcp_endpoints',
  'oauth_clients',
  'tenants',
  'memberships',
]

/** Gatehouse's own data as a service, through the connector of the store's database. */
export function systemService(storeUrl: string): ServiceConfig {
  return {
    name: 'system',
    type: connectorOf(storeUrl),
    label: 'System',
    description: 'Gatehouse itself: users, roles, keys, services, and who did what',
    schemas: [],
    tables: { include: systemTables, exclude: [] },
    maxRecords: 1000,
    timeoutMs: 30_000,
    pool: { max: 2, idleMs: 30_000 },
    readOnly: false,
    refreshMs: 0,
    useComments: true,
    describe: {},
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
