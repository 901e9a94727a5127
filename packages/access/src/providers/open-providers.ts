import type { JsonObject } from '@gatehouse/core'
import { type ClaimMapping, wantedClaims } from '../claims.js'
import type { DirectoryProvider, Provider, RedirectProvider } from './provider.js'
import { providerTypes } from './provider-types.js'

/** One of `sign_in.providers`. */
export interface ProviderConfig extends ClaimMapping {
  readonly name: string
  readonly type: string
  readonly label: string
  /** Pages, beside our own, that may be given a code for a session of its people: see `isAt`. */
  readonly returnTo: readonly string[]
  /** The keys of its type. */
  readonly settings: JsonObject
}

/** A provider in use. */
export interface OpenProvider<P extends Provider = Provider> {
  readonly name: string
  readonly label: string
  readonly returnTo: readonly string[]
  readonly mapping: ClaimMapping
  readonly provider: P
}

/** The providers of one tenant, in the order of the configuration. */
export interface Providers {
  find(name: string): OpenProvider | undefined
  readonly redirects: readonly OpenProvider<RedirectProvider>[]
  readonly directories: readonly OpenProvider<DirectoryProvider>[]
  close(): Promise<void>
}

/** `publicUrl` is the tenant's root. Nothing is asked of a provider yet, so that one that is down keeps nobody from starting. */
export async function openProviders(
  configs: readonly ProviderConfig[],
  publicUrl: string,
  now = Date.now,
): Promise<Providers> {
  const one = async ({ name, type, label, returnTo, settings, ...mapping }: ProviderConfig): Promise<OpenProvider> => {
    const kind = providerTypes[type]
    if (!kind) throw new Error(`There is no provider type ${type}`)
    const below = `${publicUrl}/api/v2/user/session/${name}`
    const provider = await kind.create(settings, {
      name,
      callback: new URL(`${below}/callback`),
      metadataUrl: new URL(`${below}/metadata`),
      wanted: wantedClaims(mapping),
      now,
    })
    return { name, label, returnTo, mapping, provider }
  }
  const open = await Promise.all(configs.map(one))
  const named = new Map(open.map((one) => [one.name, one]))
  const directories = open.filter((one): one is OpenProvider<DirectoryProvider> => 'check' in one.provider)
  return {
    find: (name) => named.get(name),
    redirects: open.filter((one): one is OpenProvider<RedirectProvider> => 'begin' in one.provider),
    directories,
    async close() {
      for (const { provider } of directories) await provider.close?.()
    },
  }
}

/** Where a browser ends the session at its provider too; undefined where there is no such place, or none can be found. */
export async function signOutUrl(
  providers: Providers,
  name: string,
  hint: string | undefined,
  back: string,
): Promise<string | undefined> {
  const provider = providers.redirects.find((one) => one.name === name)?.provider
  // Our session has ended whether the provider can be reached or not.
  const url = await provider?.signOut?.(new URL(back), hint).catch(() => undefined)
  return url?.href
}
