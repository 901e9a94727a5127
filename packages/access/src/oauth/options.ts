import type { Changes, OAuthStore, SignIn } from '@gatehouse/core'

/** An MCP endpoint as the authorization server sees it: what tokens are for. */
export interface OAuthEndpoint {
  readonly tenant: string
  readonly name: string
  /** Shown at consent. */
  readonly organisation: string
  /** The services that scopes are for; `*`: whatever there is. */
  readonly services: '*' | readonly string[]
  readonly readOnly: boolean
  /** API keys are taken too. */
  readonly apiKeys: boolean
  /** A page of the operator's own that asks for the password instead of ours. */
  readonly loginPage?: string
}

/** Milliseconds. */
export interface Lifetimes {
  readonly code: number
  readonly accessToken: number
  readonly refreshToken: number
}

/** Clients that register themselves (RFC 7591). */
export interface RegistrationRules {
  readonly enabled: boolean
  /** Registrations that one address may make in an hour. */
  readonly perHour: number
  /** Registered clients that may exist at a time. */
  readonly most: number
}

/** Clients whose id is the URL of their metadata. */
export interface DocumentRules {
  readonly enabled: boolean
  /** For tests only: documents may be on this machine, on any port, and their server's certificate may be signed by this authority. */
  readonly local?: { readonly ca: string }
}

export interface OAuthOptions {
  /** Where clients reach the server, without a slash at its end. It stands in every document and answer byte for byte. */
  readonly issuer: string
  /** Names that the Host header may have, with or without a port; `*`: any. */
  readonly allowedHosts: readonly string[]
  /** Those that there are now: the same array while nothing changed. */
  readonly endpoints: () => readonly OAuthEndpoint[]
  readonly store: OAuthStore
  /** How people of a tenant sign in. */
  readonly signIn: (tenant: string) => SignIn | undefined
  /** Seals what browsers keep for us; all processes of an installation share it. 32 bytes. */
  readonly key: Uint8Array
  readonly lifetimes?: Partial<Lifetimes>
  readonly registration?: Partial<RegistrationRules>
  readonly documents?: Partial<DocumentRules>
  /** Tells the other processes of revocations. Absent: this is the only one. */
  readonly changes?: Changes
  /** Sees what happens here, for the audit. Must not throw. */
  readonly record?: (event: OAuthEvent) => void
  readonly log: { error(fields: object, message: string): void }
  readonly now?: () => number
}

/** A deed of the authorization server. */
export interface OAuthEvent {
  readonly deed: 'register' | 'sign_in' | 'consent' | 'token' | 'refresh' | 'revoke'
  readonly tenant: string
  readonly endpoint: string
  /** `user:anna` or `client:...`; absent: nobody is known yet. */
  readonly principal?: string
  readonly client?: string
  readonly address?: string
  readonly scopes?: readonly string[]
  /** Why it was refused. */
  readonly refused?: string
}

const minute = 60_000

export const defaultLifetimes: Lifetimes = {
  code: 10 * minute,
  accessToken: 60 * minute,
  refreshToken: 7 * 24 * 60 * minute,
}

export const defaultRegistration: RegistrationRules = { enabled: true, perHour: 60, most: 10_000 }
