import { parseArgs } from 'node:util'
import { renewalName } from '@gatehouse/access'
import { addKey, createSealing, openKeyFile, openStore, readKeys, type Sealing, type Store } from '@gatehouse/store'
import type { Config } from '../config/config.js'
import { defaultKeyFile, tenantsOf } from '../installation.js'
import type { Command } from '../main.js'
import { openConfig } from '../open-config.js'
import { sealedName } from '../system/open-system.js'

/** What a process seals with an old key while this runs is found by the next look. */
const mostLooks = 10

/**
 * Makes a new key and seals every secret of the store anew with it, while the service runs: processes that meet a key
 * that they do not know read the file again.
 */
export const rotateKey: Command = async (args) => {
  const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } } })
  const opened = openConfig(values.config)
  if (!opened) return 1
  const fromEnvironment = (process.env.GATEHOUSE_KEY ?? '') !== ''
  if (fromEnvironment && (readKeys(defaultKeyFile) ?? []).length < 2) {
    process.stderr.write(
      'The key is in GATEHOUSE_KEY. Put a new one before it, separated by a comma (GATEHOUSE_KEY=NEW,OLD), restart all\n' +
        'processes with both, and run this again with both.\n',
    )
    return 1
  }
  const store = await openStore(opened.config.store.url)
  try {
    if (!fromEnvironment) {
      await openKeyFile(defaultKeyFile)
      await addKey(defaultKeyFile)
    }
    const sealing = createSealing(() => readKeys(defaultKeyFile) ?? [])
    let sealed = 0
    for (let look = 0; look < mostLooks; look++) {
      const anew = await sealAnew(store, opened.config, sealing)
      sealed += anew
      if (anew === 0) break
    }
    process.stdout.write(`${sealed} ${sealed === 1 ? 'secret is' : 'secrets are'} sealed with the new key\n`)
    if (!fromEnvironment) process.stdout.write(`${defaultKeyFile} has it first; copy the file to other machines\n`)
    return 0
  } finally {
    await store.close()
  }
}

/** Answers how many were sealed with another key. */
async function sealAnew(store: Store, config: Config, sealing: Sealing): Promise<number> {
  let count = 0
  const again = (name: string, sealed: string) => sealing.seal(name, sealing.open(name, sealed))
  for (const { name, sealed } of await store.sealed.list()) {
    if (!sealing.isCurrent(sealed) && (await store.sealed.replace(name, sealed, again(name, sealed)))) count++
  }
  const made = await store.tenant('default').tenants()
  for (const tenant of new Set([...tenantsOf(config).map(([name]) => name), ...made])) {
    const own = store.tenant(tenant)
    for (const { id, name, sealed } of await own.sealedServices()) {
      if (sealing.isCurrent(sealed)) continue
      if (await own.resealService(id, sealed, again(sealedName(tenant, name), sealed))) count++
    }
    for (const { id, provider, subject, sealed } of await own.sealedRenewals()) {
      if (sealing.isCurrent(sealed)) continue
      if (await own.resealRenewal(id, sealed, again(renewalName(tenant, provider, subject), sealed))) count++
    }
  }
  return count
}
