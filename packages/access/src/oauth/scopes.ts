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
 * The scopes that a request asks for, without what can be none: clients ask for `openid` and the like out of habit.
 * Without any, all that the endpoint offers. Throws `invalid_scope` where it asks for nothing that could be a scope.
 */
export function scopesWanted(text: string | undefined, endpoint: Offer): readonly string[] {
  const asked = [...new Set((text ?? '').split(' ').filter((scope) => scope !== ''))]
  if (asked.length === 0) return scopesOffered(endpoint)
  const possible = asked.filter((scope) => form.test(scope))
  if (possible.length > 0) return possible.sort()
  throw unknownScopes(endpoint)
}

/** Those of what is wanted that the endpoint offers. Throws `invalid_scope` where there is none. */
export function scopesOf(wanted: readonly string[], endpoint: Offer): readonly string[] {
  const known = wanted.filter((scope) => isOffered(scope, endpoint))
  if (known.length > 0) return known
  throw unknownScopes(endpoint)
}

/** Both at once. */
export function scopesAsked(text: string | undefined, endpoint: Offer): readonly string[] {
  return scopesOf(scopesWanted(text, endpoint), endpoint)
}

/**
 * What is wanted of one organisation's endpoint, in another organisation: its services have other names there, so what
 * counts is whether to read, to write or to execute.
 */
export function scopesElsewhere(wanted: readonly string[], endpoint: Offer): readonly string[] {
  const words = new Set(wanted.map(wordOf))
  const offered = scopesOffered(endpoint).filter((scope) => words.has(wordOf(scope)))
  if (offered.length > 0) return offered
  throw unknownScopes(endpoint)
}

/** What is left of scopes behind another organisation's endpoint: its `read_only` holds for members who come by it. */
export function scopesBehind(scopes: readonly string[], { readOnly }: Pick<Offer, 'readOnly'>): readonly string[] {
  return readOnly ? scopes.filter((scope) => wordOf(scope) !== 'write') : scopes
}

function wordOf(scope: string): string {
  return scope.slice(scope.indexOf(':') + 1)
}

function unknownScopes(endpoint: Offer): OAuthError {
  const offered = scopesOffered(endpoint).slice(0, 30).join(' ')
  return new OAuthError('invalid_scope', `Scopes of this endpoint: ${offered}`)
}

const form = /^(\*|[a-z][a-z0-9_-]*):(read|write|execute)$/

/** `salesdb:read` is offered where `*:read` is: a client may ask for less. */
function isOffered(scope: string, endpoint: Offer): boolean {
  const found = form.exec(scope)
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
