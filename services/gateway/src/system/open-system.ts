import type { Passwords } from '@gatehouse/access'
import { connectorTypes } from '@gatehouse/connectors'
import { type Changes, type Connector, type ConnectorType, Failure, isJsonObject } from '@gatehouse/core'
import { createSealing, readKeys, type Sealing, type Store } from '@gatehouse/store'
import type { Config } from '../config/config.js'
import { systemService } from '../config/system-service.js'
import { type Logger, textOf } from '../log.js'
import { settingsOf } from '../service-host.js'
import type { OpenSealed } from '../tenant/tenant-access.js'
import type { TenantPart } from '../tenant/wire-tenant.js'
import { apiKeysTable } from './rules/api-keys.js'
import { auditTable } from './rules/audit.js'
import { endpointsTable, limitsTable } from './rules/limits.js'
import { membershipsTable } from './rules/memberships.js'
import { oauthClientsTable } from './rules/oauth-clients.js'
import { resetCodesTable } from './rules/reset-codes.js'
import { grantsTable, rolesTable } from './rules/roles.js'
import { servicesTable } from './rules/services.js'
import { tenantsTable } from './rules/tenants.js'
import { sessionsTable, usersTable } from './rules/users.js'
import { systemConnector } from './system-connector.js'
import type { SystemTable } from './system-table.js'

export interface SystemParts {
  readonly config: Config
  readonly store: Store
  readonly keyFile: string
  readonly passwords: Passwords
  readonly changes: Changes
  readonly log: Logger
  /** The names of the roles of any tenant; undefined where there is none. */
  rolesOf(tenant: string): readonly string[] | undefined
}

export interface System {
  /** The store as a service of one tenant. */
  typeFor(tenant: TenantPart): ConnectorType
  readonly openSealed: OpenSealed
  /** Seals what the store keeps, with the newest key. */
  readonly sealing: Sealing
  close(): Promise<void>
}

/** The store's own data, behind the connector of its database and the rules of each table. */
export async function openSystem({
  config,
  store,
  keyFile,
  passwords,
  changes,
  log,
  rolesOf,
}: SystemParts): Promise<System> {
  const service = systemService(config.store.url)
  const type = connectorTypes.find((known) => known.type === service.type)
  if (!type) throw new Failure('internal', 'There is no connector for the store')
  const inner = once(await type.connect(service.own, settingsOf(service, '')))
  const sealing = createSealing(() => readKeys(keyFile) ?? [])
  const storeOf = (tenant: string) => store.tenant(tenant)
  const tables: readonly SystemTable[] = [
    auditTable,
    usersTable({ passwords, changes, storeOf }),
    sessionsTable({ changes }),
    resetCodesTable(storeOf),
    apiKeysTable(changes, storeOf),
    rolesTable(changes),
    grantsTable(changes),
    servicesTable(changes, (tenant, name, value) => sealing.seal(sealedName(tenant, name), JSON.stringify(value))),
    limitsTable(changes),
    endpointsTable(changes),
    oauthClientsTable(changes, store.oauth, storeOf),
    tenantsTable(changes, store, passwords),
    membershipsTable({ changes, oauth: store.oauth, storeOf, rolesOf }),
  ]
  return {
    typeFor: (tenant) => ({
      ...type,
      connect: async () =>
        systemConnector({
          inner,
          tenant,
          tables: tables.filter(({ rootOnly }) => !rootOnly || tenant.name === 'default'),
          services: () => tenant.services(),
        }),
    }),
    openSealed(tenant, { name, sealed }) {
      try {
        const value: unknown = JSON.parse(sealing.open(sealedName(tenant, name), sealed))
        return isJsonObject(value) ? value : undefined
      } catch (cause) {
        log.error({ tenant, service: name, cause: textOf(cause) }, 'The configuration of a service cannot be opened')
        return undefined
      }
    },
    sealing,
    close: () => inner.close(),
  }
}

/** What a sealed text is bound to, so that none can stand in for another one. */
export function sealedName(tenant: string, service: string): string {
  return JSON.stringify(['service', tenant, service])
}

/** The schema of the store does not change while a process runs, so it is read once for all tenants. */
function once(connector: Connector): Connector {
  let read: ReturnType<Connector['introspect']> | undefined
  return {
    ...connector,
    execute: (plan, context) => connector.execute(plan, context),
    close: () => connector.close(),
    introspect(signal) {
      read ??= connector.introspect(signal).catch((cause: unknown) => {
        read = undefined
        throw cause
      })
      return read
    },
  }
}
