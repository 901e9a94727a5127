import { Failure, type IdempotencyStore, type OAuthStore } from '@gatehouse/core'
import type { Knex } from 'knex'
import { type AuditStore, createAuditStore } from './audit/audit-store.js'
import { mysqlAppend } from './audit/mysql-append.js'
import { postgresAppend } from './audit/postgres-append.js'
import { createIdempotency } from './idempotency.js'
import { migrate } from './migrate.js'
import { createOAuthStore } from './oauth/oauth-store.js'
import { openKnex, sqlitePragmas } from './open-knex.js'
import { createRevisions, type Revisions } from './revisions.js'
import { createSecrets, type Sealing, type Secrets } from './secrets.js'
import { createSealedSettings, createSettings, type SealedSettings, type Settings } from './settings.js'
import { sqliteAppend } from './sqlite/sqlite-append.js'
import { type StoreLocation, storeLocation } from './store-url.js'
import { createTenantStore, type TenantStore } from './tenant/tenant-store.js'

/** Gatehouse's own data. */
export interface Store {
  readonly audit: AuditStore
  /** The only way to what belongs to a tenant. */
  tenant(name: string): TenantStore
  readonly revisions: Revisions
  readonly idempotency: IdempotencyStore
  readonly oauth: OAuthStore
  readonly settings: Settings
  secrets(sealing: Sealing): Secrets
  /** The sealed texts of settings and how to replace one; false where it was changed meanwhile. */
  readonly sealed: SealedSettings
  close(): Promise<void>
}

export interface StoreOptions {
  /** True: an audit event that was appended survives a power loss too (SQLite; the others always do so). */
  readonly durable?: boolean
}

/**
 * Opens the store at `sqlite:PATH`, `postgres://...` or `mysql://...` and brings its schema up to date. Throws
 * `invalid` for a wrong URL, and `unavailable` when the database cannot be reached.
 */
export async function openStore(url: string, { durable = false }: StoreOptions = {}): Promise<Store> {
  const location = storeLocation(url)
  const knex = openKnex(location, durable)
  try {
    await knex.raw('select 1')
    await migrate(knex)
  } catch (cause) {
    await knex.destroy()
    throw new Failure('unavailable', 'The store cannot be opened', { hint: 'Check store.url and its database', cause })
  }
  const audit = openAudit(location, knex, durable)
  const settings = createSettings(knex)
  return {
    audit,
    tenant: (name) => createTenantStore(knex, name),
    revisions: createRevisions(knex),
    idempotency: createIdempotency(knex),
    oauth: createOAuthStore(knex),
    settings,
    secrets: (sealing) => createSecrets(settings, sealing),
    sealed: createSealedSettings(knex),
    async close() {
      await audit.close()
      await knex.destroy()
    },
  }
}

function openAudit(location: StoreLocation, knex: Knex, durable: boolean): AuditStore {
  switch (location.kind) {
    case 'sqlite': {
      const { append, close } = sqliteAppend({
        path: location.path,
        pragmas: sqlitePragmas(durable),
        inBackground: !durable,
      })
      return createAuditStore(knex, append, close)
    }
    case 'postgres':
      return createAuditStore(knex, postgresAppend(knex), async () => {})
    case 'mysql':
      return createAuditStore(knex, mysqlAppend(knex), async () => {})
    default:
      return location satisfies never
  }
}
