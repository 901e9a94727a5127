import { OAuthError } from './oauth-error.js'
import type { OAuthEndpoint } from './options.js'

type Offer = Pick<OAuthEndpoint, 'services' | 'readOnly'>

/** What can be done with a service, as a person reads it. */
const deeds = { read: 'Read', write: 'Add, change and delete', execute: 'Run stored procedures and functions' } as const
type Deed = keyof typeof deeds

/** Every scope that a token for an endpoint may have. `*` instead of names, where it serves whatever there is. */
export function scopesOffered({ services, readOnly }: Offer): readonly string[] {
  const words: readonly Deed[] = readOnly ? ['read', 'execute'] : ['read', 'write', 'execute']
  return namesOf(services).flatMap((service) => words.map((word) => `${service}:${word}`))
}

/**
 * The scopes that a request asks for, without those that we do not know: clients ask for `openid` and the like out of
 * habit. Without any, all that the endpoint offers. Throws `invalid_scope` where it asks for others only.
 */
export function scopesAsked(text: string | undefined, endpoint: Offer): readonly string[] {
  const asked = [...new Set((text ?? '').split(' ').filter((scope) => scope !== ''))]
  if (asked.length === 0) return scopesOffered(endpoint)
  const known = asked.filter((scope) => isOffered(scope, endpoint))
  if (known.length > 0) return known.sort()
  throw new OAuthError('invalid_scope', `Scopes of this endpoint: ${scopesOffered(endpoint).slice(0, 30).join(' ')}`)
}

/** `salesdb:read` is offered where `*:read` is: a client may ask for less. */
function isOffered(scope: string, endpoint: Offer): boolean {
  const found = /^(\*|[a-z][a-z0-9_-]*):(read|write|execute)$/.exec(scope)
  if (!found) return false
  const [, service = '', word = ''] = found
  if (endpoint.readOnly && word === 'write') return false
  return endpoint.services === '*' || service === '*' || endpoint.services.includes(service)
}

/** True where scopes that are held cover one that is asked for. */
export function covers(held: readonly string[], scope: string): boolean {
  return held.includes(scope) || held.includes(scope.replace(/^[^:]*/, '*'))
}

/** Scopes as a person reads them: one entry a service. */
export interface ScopeEntry {
  readonly subject: string
  readonly deeds: readonly { readonly scope: string; readonly label: string }[]
}

export function describeScopes(scopes: readonly string[]): readonly ScopeEntry[] {
  const services = new Map<string, string[]>()
  for (const scope of scopes) {
    const [service = '', word = ''] = scope.split(':')
    services.set(service, [...(services.get(service) ?? []), word])
  }
  return [...services].map(([service, words]) => ({
    subject: service === '*' ? 'Everything that your account may use here' : service,
    deeds: (Object.keys(deeds) as Deed[])
      .filter((deed) => words.includes(deed))
      .map((deed) => ({ scope: `${service}:${deed}`, label: deeds[deed] })),
  }))
}

function namesOf(services: Offer['services']): readonly string[] {
  return services === '*' ? ['*'] : services
}
