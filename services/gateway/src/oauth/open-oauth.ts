import { createOAuth, defaultTenant, type OAuth, type OAuthEndpoint, type OAuthEvent } from '@gatehouse/access'
import type { AuditTrail, Changes, SignIn } from '@gatehouse/core'
import { deriveKey, type Store } from '@gatehouse/store'
import type { Config, EndpointConfig } from '../config/config.js'
import { type Logger, textOf } from '../log.js'

/** What the authorization server must know of a tenant. */
interface OAuthTenant {
  readonly name: string
  readonly label: string
  readonly signIn: SignIn
  /** The same object while no endpoint changed. */
  endpoints(): Readonly<Record<string, EndpointConfig>>
}

export interface OAuthParts {
  readonly config: Config
  readonly publicUrl: string
  readonly secret: Uint8Array
  readonly store: Store
  readonly changes: Changes
  readonly trail: AuditTrail
  readonly log: Logger
  readonly newRequestId: () => string
  /** Those that there are now. */
  tenants(): readonly OAuthTenant[]
  /** For tests only: metadata documents may be on this machine. */
  readonly localDocuments?: { readonly ca: string }
}

/** The authorization server for the MCP endpoints of all tenants. */
export function openOAuth(parts: OAuthParts): OAuth {
  const { config, publicUrl, secret, store, changes, log, localDocuments, tenants } = parts
  const { code, accessToken, refreshToken, registration, metadataDocuments } = config.oauth
  return createOAuth({
    issuer: publicUrl,
    allowedHosts: config.server.allowedHosts,
    endpoints: endpointList(parts),
    store: store.oauth,
    signIn: (name) => tenants().find((tenant) => tenant.name === name)?.signIn,
    key: deriveKey(secret, 'oauth'),
    lifetimes: { code, accessToken, refreshToken },
    registration,
    documents: { enabled: metadataDocuments, ...(localDocuments && { local: localDocuments }) },
    changes,
    record: (event) => record(parts, event),
    log,
  })
}

/** The endpoints of all tenants: the same array for as long as each tenant has the same. */
function endpointList({ config, publicUrl, tenants }: OAuthParts): () => readonly OAuthEndpoint[] {
  let seen: readonly unknown[] = []
  let list: readonly OAuthEndpoint[] = []
  return () => {
    const now = tenants().flatMap((tenant) => [tenant, tenant.endpoints()])
    if (now.length === seen.length && now.every((part, i) => part === seen[i])) return list
    seen = now
    list = tenants().flatMap((tenant) =>
      Object.entries(tenant.endpoints()).map(([name, endpoint]) =>
        endpointOf(config, publicUrl, tenant, name, endpoint),
      ),
    )
    return list
  }
}

function endpointOf(
  config: Config,
  publicUrl: string,
  tenant: OAuthTenant,
  name: string,
  endpoint: EndpointConfig,
): OAuthEndpoint {
  const loginPage = tenant.name === defaultTenant ? config.oauth.loginPages[name] : undefined
  const unnamed = tenant.name === defaultTenant && tenant.label === defaultTenant
  return {
    tenant: tenant.name,
    name,
    organisation: unnamed ? new URL(publicUrl).host : tenant.label,
    services: endpoint.services,
    readOnly: endpoint.read_only,
    apiKeys: endpoint.api_keys,
    ...(loginPage !== undefined && { loginPage }),
  }
}

/** A deed of the authorization server as an event of the audit: its operation is `oauth.token` and the like. */
function record({ trail, log, newRequestId }: OAuthParts, event: OAuthEvent): void {
  const { deed, tenant, endpoint, principal = 'anonymous', client, address, scopes, refused } = event
  const written = trail.record({
    time: new Date().toISOString(),
    request_id: newRequestId(),
    tenant,
    principal,
    ...(client !== undefined && { client: client.slice(0, 100) }),
    ...(address !== undefined && { address }),
    surface: 'mcp',
    service: '',
    operation: `oauth.${deed}`,
    effect: 'execute',
    resource: endpoint,
    arguments: scopes ? { scope: scopes.join(' ') } : {},
    decision: refused === undefined ? 'allowed' : 'refused',
    ...(refused !== undefined && { reason: refused }),
    status: refused === undefined ? 200 : 400,
    duration_ms: 0,
  })
  written?.catch((cause: unknown) =>
    log.error({ cause: textOf(cause) }, 'A deed of the authorization server was not audited'),
  )
}
