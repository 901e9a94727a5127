import type { OAuthClient, OAuthStore } from '@gatehouse/core'
import { defaultTenant } from '../principal-id.js'
import { isRedirectUri } from './redirect-uri.js'
import { hashText, makeText } from './secret-text.js'

/** A client that an administrator makes for one MCP endpoint. */
export interface ConfiguredClient {
  readonly tenant: string
  readonly endpoint: string
  readonly name: string
  /** Where answers go when it acts for people; none: it acts in its own name only. */
  readonly redirectUris: readonly string[]
  /** What it may do in its own name; none: it acts for people only. */
  readonly roles: readonly string[]
  readonly attributes: OAuthClient['attributes']
}

/** To be shown once. */
export interface MadeClient {
  readonly id: string
  readonly secret: string
}

/** What a redirect address of a configured client has to be; undefined: it is right. */
export function redirectProblem(uri: string): string | undefined {
  return isRedirectUri(uri)
    ? undefined
    : 'a redirect address is https, http to this very machine (127.0.0.1, [::1], localhost) or of a scheme of its own'
}

/**
 * Makes the clients of a configuration that are new, with a secret each; brings the others up to date, whose secrets
 * stay; and removes those that are no more, with all that they were allowed. `makeAnew`: the id of one that gets another
 * secret.
 */
export async function settleClients(
  store: OAuthStore,
  wanted: readonly ConfiguredClient[],
  makeAnew?: string,
  now: () => number = Date.now,
): Promise<readonly MadeClient[]> {
  const there = new Map((await store.fileClients()).map((client) => [client.id, client]))
  const made: MadeClient[] = []
  for (const client of wanted) {
    const id = idOf(client)
    const known = clientOf(client, id)
    const secretHash = id === makeAnew ? undefined : there.get(id)?.secretHash
    there.delete(id)
    if (secretHash !== undefined) {
      await store.saveClient({ ...known, secretHash }, now())
      continue
    }
    const secret = makeText('secret')
    const fresh = { ...known, secretHash: hashText(secret) }
    if (id === makeAnew) await store.saveClient(fresh, now())
    else await store.addClient(fresh, now())
    // Another process that starts at the same time may have been first: then it shows its secret.
    if ((await store.findClient(id))?.secretHash === fresh.secretHash) made.push({ id, secret })
  }
  for (const id of there.keys()) await store.removeClient(id)
  return made
}

/** `nightly@default`, and `nightly@sales.acme` in another tenant. */
function idOf({ tenant, endpoint, name }: ConfiguredClient): string {
  return `${name}@${endpoint}${tenant === defaultTenant ? '' : `.${tenant}`}`
}

function clientOf(client: ConfiguredClient, id: string): OAuthClient {
  const { tenant, endpoint, name, redirectUris, roles, attributes } = client
  return {
    id,
    kind: 'configured',
    name,
    redirectUris,
    authMethod: 'client_secret_basic',
    grantTypes: [
      ...(redirectUris.length > 0 ? (['authorization_code', 'refresh_token'] as const) : []),
      ...(roles.length > 0 ? (['client_credentials'] as const) : []),
    ],
    endpoint: { tenant, name: endpoint },
    roles,
    attributes,
  }
}
