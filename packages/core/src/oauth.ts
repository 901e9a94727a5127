import { Failure } from './failure.js'
import type { JsonValue } from './json.js'
import type { Principal, Verb } from './principal.js'

/** A program that may ask people for access to MCP endpoints, or that has access of its own. */
export interface OAuthClient {
  readonly id: string
  /**
   * `registered`: it registered itself (RFC 7591). `configured`: an administrator made it for one endpoint. `document`:
   * its id is the URL of its metadata (Client ID Metadata Document), so it is kept nowhere.
   */
  readonly kind: 'registered' | 'configured' | 'document'
  /** What it calls itself: nobody has checked it, unless the kind is `configured`. */
  readonly name: string
  readonly redirectUris: readonly string[]
  readonly authMethod: 'none' | 'client_secret_basic' | 'client_secret_post'
  /** SHA-256 of its secret, hex. */
  readonly secretHash?: string
  readonly grantTypes: readonly OAuthGrantType[]
  /** The only endpoint that it may have tokens for; absent: any that a person agrees to. */
  readonly endpoint?: { readonly tenant: string; readonly name: string }
  /** What it may do in its own name (`client_credentials`). */
  readonly roles: readonly string[]
  readonly attributes: Readonly<Record<string, JsonValue>>
  /** Milliseconds since 1970; absent: it stays. */
  readonly expires?: number
}

export type OAuthGrantType = 'authorization_code' | 'refresh_token' | 'client_credentials'

/** What a person allowed a client, or what a client is allowed by itself: the family of its code and all its tokens. */
export interface OAuthGrant {
  readonly id: string
  readonly clientId: string
  readonly tenant: string
  /** The name of the MCP endpoint: tokens are good there and nowhere else. */
  readonly endpoint: string
  /** The tenant that the person acts in as a member; absent: `tenant`, whose endpoint and whose user it is. */
  readonly memberOf?: string
  readonly scopes: readonly string[]
  /** Absent: the client acts in its own name. */
  readonly userId?: string
  /** Of the user, or of the client. */
  readonly name: string
  /** As they were at the last sign-in or refresh. */
  readonly roles: readonly string[]
  readonly attributes: Readonly<Record<string, JsonValue>>
  readonly revoked: boolean
}

/** An authorization code, as it is kept: never its text. */
export interface OAuthCode {
  readonly hash: string
  readonly grantId: string
  readonly redirectUri: string
  /** PKCE, S256. */
  readonly challenge: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

export interface OAuthToken {
  readonly hash: string
  readonly kind: 'access' | 'refresh'
  readonly grantId: string
  /** Those of the grant, or fewer. */
  readonly scopes: readonly string[]
  /** Milliseconds since 1970. */
  readonly expires: number
}

/** What was found by its hash, and whether this call was the first to use it. */
export interface Used<T> {
  readonly value: T
  readonly grant: OAuthGrant
  readonly first: boolean
}

/** What the authorization server keeps. Times are milliseconds since 1970; texts of codes, tokens and secrets never come here. */
export interface OAuthStore {
  findClient(id: string): Promise<OAuthClient | undefined>
  /** Of several processes that add one at once, the first has its way. */
  addClient(client: OAuthClient, now: number): Promise<void>
  /** One of the same id is replaced. */
  saveClient(client: OAuthClient, now: number): Promise<void>
  /** Those of the configuration. */
  fileClients(): Promise<readonly OAuthClient[]>
  /** With all that it was allowed. */
  removeClient(id: string): Promise<void>
  /** Those that registered themselves and have not expired. */
  countRegistered(now: number): Promise<number>
  /** Keeps a client that registered itself until then. */
  prolongClient(id: string, expires: number): Promise<void>

  saveGrant(grant: OAuthGrant, now: number): Promise<void>
  /** The person as it is now, in all that it has allowed where it acts in the same tenant as by `grant`. */
  updateGrants(grant: OAuthGrant, person: Pick<OAuthGrant, 'name' | 'roles' | 'attributes'>): Promise<void>
  revokeGrant(id: string): Promise<void>
  /** All that a person has allowed, or members of a tenant, or that person as one; or all that a client was allowed. */
  revokeGrants(
    of:
      | { readonly userId: string; readonly memberOf?: string }
      | { readonly memberOf: string }
      | { readonly clientId: string },
  ): Promise<void>

  saveCode(code: OAuthCode): Promise<void>
  /** Uses a code up, in one step: of several calls at once, one is the first. */
  useCode(hash: string, now: number): Promise<Used<OAuthCode> | undefined>

  saveTokens(tokens: readonly OAuthToken[]): Promise<void>
  findToken(hash: string): Promise<{ readonly value: OAuthToken; readonly grant: OAuthGrant } | undefined>
  /** Uses a refresh token up, in one step. */
  useRefreshToken(hash: string, now: number): Promise<Used<OAuthToken> | undefined>
  removeToken(hash: string): Promise<void>

  /** The scopes that a person has agreed to before. */
  consent(key: ConsentKey): Promise<readonly string[]>
  saveConsent(key: ConsentKey, scopes: readonly string[], now: number): Promise<void>

  /** Forgets what is over. */
  sweep(now: number): Promise<void>
}

export interface ConsentKey {
  readonly userId: string
  readonly clientId: string
  readonly tenant: string
  readonly endpoint: string
}

/** What a scope is called for each verb: `salesdb:read`, `salesdb:write`, `salesdb:execute`; `*` stands for all services. */
export const scopeWords = {
  read: 'read',
  create: 'write',
  update: 'write',
  delete: 'write',
  execute: 'execute',
} as const

/** The scope that a verb on a service needs. */
export function scopeOf(service: string, verb: Verb): string {
  return `${service}:${scopeWords[verb]}`
}

/** True where the principal's scopes allow the verb on the service. Without scopes, the roles alone decide. */
export function inScope({ scopes }: Principal, service: string, verb: Verb): boolean {
  if (scopes === undefined) return true
  return scopes.has(scopeOf(service, verb)) || scopes.has(scopeOf('*', verb))
}

/** True where the principal has any scope for the service: others do not exist for it. */
export function opens({ scopes }: Principal, service: string): boolean {
  if (scopes === undefined) return true
  for (const scope of scopes) if (scope.startsWith('*:') || scope.startsWith(`${service}:`)) return true
  return false
}

const missing = Symbol('missing scope')

/** `forbidden`, for want of a scope that the caller may ask its person for. */
export function insufficientScope(service: string, verb: Verb): Failure {
  const scope = scopeOf(service, verb)
  const failure = new Failure('forbidden', `The access token has no scope \`${scope}\``, {
    hint: 'Ask for authorization again, with this scope added',
    context: { scope },
  })
  return Object.assign(failure, { [missing]: scope })
}

/** The scope for want of which a call failed, if that was the reason. */
export function missingScope(failure: Failure): string | undefined {
  return missing in failure ? String(failure[missing]) : undefined
}
