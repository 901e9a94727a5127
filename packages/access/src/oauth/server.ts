import type { OAuthStore, SignIn } from '@gatehouse/core'
import type { AccessTokens } from './access-tokens.js'
import type { Browsers } from './browser.js'
import type { Clients } from './clients.js'
import type { Endpoints } from './endpoints.js'
import type { Lifetimes, OAuthEvent } from './options.js'
import type { Registration } from './register.js'
import type { Sealer } from './sealer.js'

/** What the routes share. */
export interface OAuthServer {
  readonly issuer: string
  readonly endpoints: Endpoints
  readonly clients: Clients
  readonly registration: Registration | undefined
  readonly store: OAuthStore
  /** Throws `not_found` for a tenant that is not there. */
  signIn(tenant: string): SignIn
  readonly browsers: Browsers
  readonly sealer: Sealer
  readonly tokens: AccessTokens
  readonly lifetimes: Lifetimes
  record(event: OAuthEvent): void
  now(): number
}
