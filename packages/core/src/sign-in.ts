import type { JsonValue } from './json.js'

/** A person who proved who they are, whatever the way: what sessions and tokens are made from. */
export interface SignedIn {
  /** The user's id in the store: people of outside providers have one too, made at their first sign-in. */
  readonly userId: string
  readonly name: string
  readonly email?: string
  /** `local`, or the name of the provider that vouched. */
  readonly provider: string
  /** In the tenant that was asked for. */
  readonly roles: readonly string[]
  /** `{user.country}` in row policies and identity settings. */
  readonly attributes: Readonly<Record<string, JsonValue>>
  /** Where the user may act; a session or token is for one of them. */
  readonly tenants: readonly string[]
  /** Another one once all that the person had opened was closed. */
  readonly epoch: number
}

/** An outside identity provider that a login page can offer as a button. */
export interface SignInProvider {
  readonly name: string
  readonly label: string
  readonly kind: 'oidc' | 'saml'
}

/** Every configured way to sign in, for REST sessions and for the login page of MCP alike. */
export interface SignIn {
  /**
   * Local users first, then directories (LDAP). Takes the same time whether the user exists or not. Throws
   * `unauthenticated` without saying what was wrong, `limited` with retryAfter while locked out, `unavailable`.
   */
  password(
    user: string,
    password: string,
    from: { readonly address?: string; readonly tenant: string },
  ): Promise<SignedIn>
  providers(tenant: string): readonly SignInProvider[]
  /**
   * Where the browser is to go. `state` is the caller's own, comes back from `finish` and is never shown to the provider;
   * `browser` binds the flow to one browser (a cookie's value).
   */
  begin(
    provider: string,
    flow: { readonly tenant: string; readonly state: string; readonly browser: string; readonly address?: string },
  ): Promise<URL>
  /** The provider's answer, as it came to our callback. Throws `unauthenticated` for all that does not fit. */
  finish(
    provider: string,
    answer: { readonly url: URL; readonly form?: Readonly<Record<string, string>>; readonly browser: string },
  ): Promise<{ readonly signedIn: SignedIn; readonly state: string; readonly signOutHint?: string }>
  /**
   * The user as it is now in one of its tenants; undefined: gone, disabled, no longer vouched for, or not in that tenant.
   * `anew`: its provider is asked, where it can be, as for refreshing a token; else the user is as the store has it.
   * Throws `unavailable`.
   */
  current(userId: string, tenant: string, how?: { readonly anew?: boolean }): Promise<SignedIn | undefined>
}
