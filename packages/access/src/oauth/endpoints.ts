import { defaultTenant } from '../principal-id.js'
import { OAuthError } from './oauth-error.js'
import type { OAuthEndpoint } from './options.js'
import { scopesOffered } from './scopes.js'

/** An endpoint with its addresses. */
export interface Protected extends OAuthEndpoint {
  /** `/mcp/sales`, `/t/acme/mcp` */
  readonly path: string
  /** Where the pages and the token endpoint of this endpoint are: `/mcp/sales`, `/mcp/default`. */
  readonly base: string
  /** Its RFC 8707 identifier: tokens are for it and for nothing else. */
  readonly resource: string
  /** Where its RFC 9728 document is. */
  readonly metadataUrl: string
  /** All scopes that a token for it may have. */
  readonly scopes: readonly string[]
  /** The same with spaces between: what a client without a token is told to ask for. The person says which of them it gets. */
  readonly challenge: string
}

export interface Endpoints {
  /** The one that documents without a path of their own are about. */
  main(): Protected | undefined
  find(tenant: string, name: string): Protected | undefined
  /** By the path of its pages: `/mcp/default`. */
  at(base: string): Protected | undefined
  /** By its own path: `/mcp`. */
  on(path: string): Protected | undefined
  /**
   * What a client means by `resource`; without one, the endpoint whose page it came to. Throws `invalid_target` for
   * what is no endpoint here.
   */
  meant(resource: string | undefined, here: Protected): Protected
}

/** `listed` answers the same array while nothing changed: then nothing is worked out again. */
export function createEndpoints(issuer: string, listed: () => readonly OAuthEndpoint[]): Endpoints {
  let known: ReturnType<typeof indexOf> | undefined
  const current = () => {
    const list = listed()
    if (known?.list !== list) known = indexOf(issuer, list)
    return known
  }
  return {
    main: () => current().byBase.get('/mcp/default') ?? current().all[0],
    find: (tenant, name) => current().byBase.get(baseOf(tenant, name)),
    at: (base) => current().byBase.get(base),
    on: (path) => current().byPath.get(path),
    meant(resource, here) {
      if (resource === undefined) return here
      // One slash at the end is what URL libraries add; all else is compared byte for byte.
      const { byResource } = current()
      const found = byResource.get(resource) ?? byResource.get(resource.replace(/\/$/, ''))
      if (!found) throw new OAuthError('invalid_target', '`resource` is no MCP endpoint of this server')
      return found
    },
  }
}

function indexOf(issuer: string, list: readonly OAuthEndpoint[]) {
  const all = list.map((endpoint) => protectedOf(issuer, endpoint))
  const by = (key: 'base' | 'path' | 'resource') => new Map(all.map((endpoint) => [endpoint[key], endpoint]))
  return { list, all, byBase: by('base'), byPath: by('path'), byResource: by('resource') }
}

function protectedOf(issuer: string, endpoint: OAuthEndpoint): Protected {
  const { tenant, name } = endpoint
  const path = name === 'default' ? `${rootOf(tenant)}/mcp` : baseOf(tenant, name)
  const { origin, pathname } = new URL(issuer)
  return {
    ...endpoint,
    path,
    base: baseOf(tenant, name),
    resource: issuer + path,
    metadataUrl: `${origin}/.well-known/oauth-protected-resource${pathname.replace(/\/$/, '')}${path}`,
    scopes: scopesOffered(endpoint),
    challenge: scopesOffered(endpoint).join(' '),
  }
}

function baseOf(tenant: string, name: string): string {
  return `${rootOf(tenant)}/mcp/${name}`
}

function rootOf(tenant: string): string {
  return tenant === defaultTenant ? '' : `/t/${tenant}`
}
