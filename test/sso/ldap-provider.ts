import { type ProviderType, providerTypes } from '@gatehouse/access'
import type { JsonObject } from '@gatehouse/core'
import { ldapPassword, serviceAccount, type Tree } from './ldap-tree.js'

const callback = new URL('http://localhost/callback')

type Directory = Extract<Awaited<ReturnType<ProviderType['create']>>, { readonly kind: 'ldap' }>

/** The provider itself, without a gateway around it. */
export async function openDirectory(settings: JsonObject, wanted: readonly string[] = []): Promise<Directory> {
  const ldap = providerTypes.ldap
  if (!ldap) throw new Error('there is no type ldap')
  const found = ldap.problems?.(settings) ?? []
  if (found.length > 0) throw new Error(JSON.stringify(found))
  const provider = await ldap.create(settings, {
    name: 'staff',
    callback,
    metadataUrl: callback,
    wanted,
    now: Date.now,
  })
  if (provider.kind !== 'ldap') throw new Error('not a directory')
  return provider
}

/** Signs in with everybody's password, and closes the directory. */
export async function signInTo(
  settings: JsonObject,
  user: string,
  password = ldapPassword,
): ReturnType<Directory['check']> {
  const directory = await openDirectory(settings)
  try {
    return await directory.check(user, password)
  } finally {
    await directory.close?.()
  }
}

/** The names of somebody's groups, without their DNs. */
export async function groupsOf(settings: JsonObject, user: string): Promise<readonly string[]> {
  const groups = (await signInTo(settings, user))?.claims.groups
  return Array.isArray(groups) ? groups.map(String).filter((group) => !group.includes('=')) : []
}

/** People are searched for by an account, by TLS. */
export function searching({ server, people, groups }: Tree, more: JsonObject = {}): JsonObject {
  return {
    url: server.ldaps,
    ca: server.certificate,
    ...serviceAccount,
    base_dn: people,
    group_base_dn: groups,
    ...more,
  }
}

/** People are who they say, by their DN, and read for themselves. */
export function naming({ server, people, groups }: Tree, more: JsonObject = {}): JsonObject {
  return {
    url: server.url,
    start_tls: true,
    ca: server.certificate,
    user_dn_template: `uid={user},${people}`,
    group_base_dn: groups,
    ...more,
  }
}
