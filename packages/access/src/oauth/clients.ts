import type { OAuthClient, OAuthStore } from '@gatehouse/core'
import { type ClientDocuments, isDocumentId } from './client-documents.js'
import type { Protected } from './endpoints.js'
import { OAuthError } from './oauth-error.js'
import { type Parameters, required } from './parameters.js'
import { hasHash } from './secret-text.js'

export interface Clients {
  /** Throws `invalid_client` for one that is not known, or no more. */
  find(id: string): Promise<OAuthClient>
  /** The client that a request to the token endpoint comes from, by its secret where it has one. */
  authenticate(parameters: Parameters, authorization: string | undefined): Promise<OAuthClient>
}

export function createClients(store: OAuthStore, documents: ClientDocuments | undefined, now: () => number): Clients {
  const find = async (id: string): Promise<OAuthClient> => {
    if (isDocumentId(id)) {
      if (!documents) throw unknownClient()
      return documents.find(id)
    }
    const client = id.length > 190 ? undefined : await store.findClient(id)
    if (!client || (client.expires !== undefined && client.expires <= now())) throw unknownClient()
    return client
  }
  return {
    find,
    async authenticate(parameters, authorization) {
      const basic = basicOf(authorization)
      const id = basic?.id ?? required(parameters, 'client_id')
      if (basic && parameters.has('client_id') && parameters.get('client_id') !== id) throw unknownClient()
      const secret = basic?.secret ?? parameters.get('client_secret')
      const client = await find(id)
      // How the secret travels is the client's to choose; that it comes is not.
      const right = client.secretHash === undefined ? secret === undefined : proves(secret, client.secretHash)
      if (!right) throw unknownClient()
      return client
    },
  }
}

/** Throws `unauthorized_client` where the client was made for another endpoint. */
export function requireEndpoint(client: OAuthClient, { tenant, name }: Protected): void {
  const own = client.endpoint
  if (!own || (own.tenant === tenant && own.name === name)) return
  throw new OAuthError('unauthorized_client', 'This client was made for another MCP endpoint')
}

function proves(secret: string | undefined, secretHash: string): boolean {
  return secret !== undefined && hasHash(secret, secretHash)
}

/** RFC 6749, 2.3.1: both parts are form-encoded first. */
function basicOf(authorization: string | undefined): { id: string; secret: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 0) throw unknownClient()
  try {
    const [id = '', secret = ''] = [text.slice(0, colon), text.slice(colon + 1)].map((part) =>
      decodeURIComponent(part.replace(/\+/g, ' ')),
    )
    return { id, secret }
  } catch {
    throw unknownClient()
  }
}

/** In the same words for one that does not exist and one whose secret is wrong. */
function unknownClient(): OAuthError {
  return new OAuthError('invalid_client', 'This client is not known, or its secret is wrong', {
    status: 401,
    headers: { 'WWW-Authenticate': 'Basic realm="gatehouse"' },
  })
}
