import { type CallContext, type Connector, Failure, type Service } from '@gatehouse/core'
import type { TenantPart } from '../tenant/wire-tenant.js'
import { ruledWrites } from './ruled-writes.js'
import { byId, storedRows } from './stored-rows.js'
import { systemCatalog } from './system-catalog.js'
import type { RuleContext, SystemTable } from './system-table.js'
import { tenantScope } from './tenant-scope.js'

export interface SystemOptions {
  /** The connector of the store's database, shared by all tenants. */
  readonly inner: Connector
  readonly tenant: TenantPart
  readonly tables: readonly SystemTable[]
  services(): readonly Service[]
}

/**
 * The store as one tenant's service. Questions go to the connector of the store's database with the tenant put into each
 * of them; what is written goes through the rules of its table first. A table without rules cannot be written.
 */
export function systemConnector({ inner, tenant, tables, services }: SystemOptions): Connector {
  const specs = new Map(tables.map((table) => [table.name, table]))
  // Events of callers who were not known had no tenant once; all of them were of the only one there was.
  const scopes = {
    own: tenantScope(tenant.name),
    audit: tenantScope(tenant.name, tenant.name === 'default' ? [''] : []),
  }
  const scopeOf = (table: string) => (table === 'audit' ? scopes.audit : scopes.own)

  const rows = storedRows(inner, scopeOf)

  const contextOf = (context: CallContext): RuleContext => ({
    caller: context.identity,
    tenant,
    services,
    signal: context.signal,
    async row(table, column, id) {
      const [found] =
        typeof id === 'bigint' || typeof id === 'number' ? await rows.rowsOf(table, byId(id), undefined, context) : []
      if (found) return found
      throw new Failure('invalid', `\`${column}\` names no row of ${table}`, { context: { column } })
    },
  })

  const writes = ruledWrites(tenant.name, scopes.own, rows, contextOf)

  return {
    capabilities: { ...inner.capabilities, upsert: false, routines: false },
    async introspect(signal) {
      return systemCatalog(await inner.introspect(signal), tables)
    },
    async execute(plan, context) {
      if (plan.kind === 'call' || !('table' in plan)) throw new Failure('unsupported', 'The store has no such thing')
      const spec = specs.get(plan.table)
      if (!spec) throw new Failure('not_found', `There is no table \`${plan.table}\``)
      switch (plan.kind) {
        case 'select':
          return rows.run(scopeOf(plan.table).select(plan), context)
        case 'aggregate':
          return rows.run(scopeOf(plan.table).aggregate(plan), context)
        case 'insert':
          return writes.insert(plan, spec, context)
        case 'update':
          return writes.update(plan, spec, context)
        case 'delete':
          return writes.remove(plan, spec, context)
        default:
          return plan satisfies never
      }
    },
    // The connector behind it is closed by who opened it.
    close: async () => undefined,
  }
}
