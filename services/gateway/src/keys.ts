import { hashKey, makeKey } from '@gatehouse/access'
import type { ApiKey } from '@gatehouse/core'
import type { KeyConfig } from './config/config.js'

export interface MadeKey {
  readonly name: string
  readonly text: string
}

/** The configured keys. One without a text is made at the first start, kept as a hash, and told once. */
export async function resolveKeys(
  configured: readonly KeyConfig[],
  /** The hash of a key that was made at a first start. */
  kept: (name: string) => Promise<string | undefined>,
  makeAnew: string | undefined,
): Promise<{ keys: ApiKey[]; made: MadeKey[] }> {
  const keys: ApiKey[] = []
  const made: MadeKey[] = []
  for (const config of configured) {
    let hash = config.key === '' ? await kept(config.name) : hashKey(config.key)
    if (hash === undefined || (makeAnew === config.name && config.key === '')) {
      const text = makeKey()
      hash = hashKey(text)
      made.push({ name: config.name, text })
    }
    const { name, roles, attributes, expires, addresses } = config
    keys.push({
      name,
      hash,
      roles,
      attributes: defined(attributes),
      revoked: false,
      ...(expires === undefined ? {} : { expires }),
      ...(addresses === undefined ? {} : { addresses }),
    })
  }
  return { keys, made }
}

function defined(attributes: KeyConfig['attributes']): ApiKey['attributes'] {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, value ?? null]))
}
