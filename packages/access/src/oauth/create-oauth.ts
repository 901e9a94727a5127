import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Authenticator, Failure, type ProviderFlowEnd } from '@gatehouse/core'
import { defaultTenant } from '../principal-id.js'
import { createAccessTokens } from './access-tokens.js'
import { createBrowsers } from './browser.js'
import { createClientDocuments } from './client-documents.js'
import { createClients } from './clients.js'
import { createEndpoints } from './endpoints.js'
import { mcpAuthenticator } from './mcp-authenticator.js'
import { defaultLifetimes, defaultRegistration, type OAuthOptions } from './options.js'
import { createRegistration } from './register.js'
import { createRoutes } from './routes.js'
import { createSealer } from './sealer.js'
import { hashText, memberToken } from './secret-text.js'
import type { OAuthServer } from './server.js'
import { completeSignIn } from './sign-in-page.js'

/** The OAuth 2.1 authorization server for MCP, and the check of the tokens that it makes. */
export interface OAuth {
  /** Answers the requests of its routes; false for any other, which is left as it was. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Knows callers of one tenant's MCP endpoints by their access token, and leaves all others to `inner`. */
  authenticator(inner: Authenticator, tenant?: string): Authenticator
  /**
   * The other tenant that serves a request to an endpoint of the default one, since it shows the token of a member;
   * undefined for all others. Throws `unauthenticated` for a token that is not known, `unavailable`.
   */
  memberOf(request: IncomingMessage): string | undefined | Promise<string | undefined>
  /** What an endpoint says to who comes without a token. Undefined for one that is not there. */
  challenge(endpoint: string, tenant?: string): Challenge | undefined
  /**
   * Goes on where the login page sent a person to an outside provider. False where the state is not ours. Throws
   * `invalid` where what was asked for has not held meanwhile.
   */
  completeSignIn(flow: ProviderFlowEnd, request: IncomingMessage, response: ServerResponse): Promise<boolean>
  close(): void
}

interface Challenge {
  /** Where the RFC 9728 document of the endpoint is. */
  readonly resourceMetadata: string
  /** The scopes to ask for at first, with spaces between. */
  readonly scope: string
}

const sweepMs = 10 * 60_000

export function createOAuth(options: OAuthOptions): OAuth {
  const { issuer, store, key, log, now = Date.now } = options
  const endpoints = createEndpoints(issuer, options.endpoints)
  const signInOf = (tenant: string) => {
    const signIn = options.signIn(tenant)
    if (!signIn) throw new Failure('not_found', 'There is no such tenant')
    return signIn
  }
  const tokens = createAccessTokens(store, signInOf, endpoints, options.changes, now)
  const documents =
    options.documents?.enabled === false ? undefined : createClientDocuments(options.documents ?? {}, now)
  const registration = { ...defaultRegistration, ...options.registration }
  const sealer = createSealer(key, now)
  const server: OAuthServer = {
    issuer,
    endpoints,
    clients: createClients(store, documents, now),
    registration: registration.enabled ? createRegistration(store, registration, now) : undefined,
    store,
    signIn: signInOf,
    sealer,
    browsers: createBrowsers(issuer, key, sealer, now),
    tokens,
    lifetimes: { ...defaultLifetimes, ...options.lifetimes },
    record: options.record ?? (() => {}),
    now,
  }
  const routes = createRoutes(server, options.allowedHosts, documents !== undefined, log)
  const sweep = () =>
    store.sweep(now()).catch((cause: unknown) => log.error({ err: cause }, 'Expired tokens could not be removed'))
  const sweeping = setInterval(sweep, sweepMs)
  sweeping.unref()
  return {
    handle(request, response) {
      if (!isOurs(request.url ?? '')) return false
      routes(request, response)
      return true
    },
    authenticator: (inner, tenant) => mcpAuthenticator(inner, tokens, endpoints, tenant),
    memberOf({ url = '', headers }) {
      if (!url.startsWith('/mcp')) return undefined
      const token = memberToken(headers.authorization)
      const here = token === undefined ? undefined : endpoints.on(pathOf(url))
      return token === undefined || !here ? undefined : tokens.memberOf(hashText(token), here.name)
    },
    challenge(endpoint, tenant = defaultTenant) {
      const found = endpoints.find(tenant, endpoint)
      return found && { resourceMetadata: found.metadataUrl, scope: found.challenge }
    },
    completeSignIn: (flow, request, response) => completeSignIn(server, flow, request, response),
    close() {
      clearInterval(sweeping)
      tokens.close()
    },
  }
}

/** `/mcp/sales/?tools=a` -> `/mcp/sales` */
function pathOf(target: string): string {
  return target.replace(/\?.*$/s, '').replace(/\/$/, '')
}

/** Told by the path alone, since every request that is not MCP's passes here. */
function isOurs(target: string): boolean {
  if (target.startsWith('/.well-known/')) return true
  if (!target.startsWith('/mcp/') && !target.startsWith('/t/')) return false
  return /^(\/t\/[^/?]+)?\/mcp\/[^/?]+\/(authorize|login|token|register|revoke)\b/.test(target)
}
