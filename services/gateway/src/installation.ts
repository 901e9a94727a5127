import { randomBytes } from 'node:crypto'
import { createPasswords, defaultTenant, type MadeClient, type Passwords, settleClients } from '@gatehouse/access'
import { type ApiKey, Failure, type JsonObject } from '@gatehouse/core'
import { openKeyFile, openStore, type Store } from '@gatehouse/store'
import type { Config, TenantConfig } from './config/config.js'
import { administratorRole } from './config/names.js'
import { type MadeKey, resolveKeys } from './keys.js'
import { fileRows } from './tenant/file-rows.js'

/** Where the installation's secret is, or is made with mode 0600; GATEHOUSE_KEY in the environment wins. */
export const defaultKeyFile = './data/secret.key'

/** Who was made at a tenant's first start, to sign in and make all others. */
export interface MadeUser {
  readonly tenant: string
  readonly name: string
  readonly password: string
}

/** What was made just now, to be shown once. */
export interface Made {
  readonly keys: readonly MadeKey[]
  readonly users: readonly MadeUser[]
  /** OAuth clients of the configuration. */
  readonly clients: readonly MadeClient[]
}

/** What an installation keeps from one start to the next. */
export interface Installation {
  readonly secret: Uint8Array
  readonly store: Store
  readonly passwords: Passwords
  /** The keys of the configuration, by tenant. */
  readonly keys: ReadonlyMap<string, readonly ApiKey[]>
  readonly made: Made
}

/**
 * Opens, and at the first start makes, the secret, the store's schema, the keys that the configuration leaves to us, and
 * an administrator of each tenant.
 */
export async function openInstallation(
  config: Config,
  keyFile: string,
  newKey: string | undefined,
): Promise<Installation> {
  const secret = await openKeyFile(keyFile)
  const store = await openStore(config.store.url, { durable: config.audit.mode === 'strict' })
  const passwords = createPasswords(config.signIn.passwordLength)
  const keys = new Map<string, readonly ApiKey[]>()
  const made: { keys: MadeKey[]; users: MadeUser[]; clients: MadeClient[] } = { keys: [], users: [], clients: [] }
  try {
    for (const [tenant, own] of tenantsOf(config)) {
      const tenants =
        tenant === defaultTenant ? Object.entries(config.tenants).map(([name, t]) => tenantRow(name, t)) : []
      const resolved = await settle(store, tenant, own, tenants, newKey)
      keys.set(tenant, resolved.keys)
      made.keys.push(...resolved.made)
      made.users.push(...(await firstAdministrator(store, tenant, passwords)))
    }
    made.clients.push(...(await settleClients(store.oauth, config.oauth.clients, newKey)))
  } catch (thrown) {
    await store.close()
    throw thrown
  }
  return { secret, store, passwords, keys, made }
}

/** Makes what is missing and closes again: for a process that starts others, so that they find it made. */
export async function prepareInstallation(config: Config, newKey: string | undefined): Promise<Made> {
  const { store, made } = await openInstallation(config, defaultKeyFile, newKey)
  await store.close()
  return made
}

/** The tenants of a configuration: the file itself, and those that it names. */
export function tenantsOf(config: Config): readonly (readonly [string, TenantConfig])[] {
  return [[defaultTenant, config], ...Object.entries(config.tenants)]
}

/**
 * An administrator with a password of its own, where the tenant has no user yet. Of several processes that start at
 * once, one makes it.
 */
export async function firstAdministrator(store: Store, tenant: string, passwords: Passwords): Promise<MadeUser[]> {
  const own = store.tenant(tenant)
  if (!(await own.noUsers())) return []
  const name = 'admin'
  const password = randomBytes(15).toString('base64url')
  const user = { name, provider: 'local', roles: [administratorRole], passwordHash: await passwords.hash(password) }
  return (await own.addUser(user)) ? [{ tenant, name, password }] : []
}

function tenantRow(name: string, { label }: TenantConfig): JsonObject {
  return { name, label }
}

/** Another process that starts at the same time may write the same rows first; then this one reads them. */
async function settle(
  store: Store,
  tenant: string,
  config: TenantConfig,
  tenants: readonly JsonObject[],
  newKey: string | undefined,
): Promise<{ keys: readonly ApiKey[]; made: readonly MadeKey[] }> {
  const own = store.tenant(tenant)
  for (let attempt = 1; ; attempt++) {
    const resolved = await resolveKeys(config.keys, (name) => own.fileKey(name), newKey)
    try {
      await own.mirror(fileRows(config, resolved.keys, tenants))
      return resolved
    } catch (thrown) {
      if (attempt >= 5)
        throw new Failure('unavailable', 'The store cannot take the configuration in', { cause: thrown })
    }
  }
}
