import type { ApiKey } from '@gatehouse/core'
import { openKeyFile, openStore, type Store } from '@gatehouse/store'
import type { Config } from './config/config.js'
import { type MadeKey, resolveKeys } from './keys.js'

/** Where the installation's secret is, or is made with mode 0600; GATEHOUSE_KEY in the environment wins. */
export const defaultKeyFile = './data/secret.key'

/** What an installation keeps from one start to the next. */
export interface Installation {
  readonly secret: Uint8Array
  readonly store: Store
  readonly keys: readonly ApiKey[]
  /** Keys that were made just now. */
  readonly made: readonly MadeKey[]
}

/** Opens, and at the first start makes, the secret, the store's schema and the keys that the configuration leaves to us. */
export async function openInstallation(
  config: Config,
  keyFile: string,
  newKey: string | undefined,
): Promise<Installation> {
  const secret = await openKeyFile(keyFile)
  const store = await openStore(config.store.url, { durable: config.audit.mode === 'strict' })
  const { keys, made } = await resolveKeys(config.keys, store.keys, newKey)
  return { secret, store, keys, made }
}

/** Makes what is missing and closes again: for a process that starts others, so that they find it made. */
export async function prepareInstallation(config: Config, newKey: string | undefined): Promise<readonly MadeKey[]> {
  const { store, made } = await openInstallation(config, defaultKeyFile, newKey)
  await store.close()
  return made
}
