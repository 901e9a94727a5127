import type { JsonObject, ObjectSchema } from '@gatehouse/core'
import type { ClaimMapping, Claims } from '../claims.js'

/** A person as a provider vouches for it, before it is one of our users. */
export interface Vouched {
  /** What the provider never gives to another person: `sub` of OpenID Connect, a persistent NameID, `entryUUID` of a directory. */
  readonly subject: string
  /** What the person is known by: `preferred_username`, `uid`. May change, and others may have had it before. */
  readonly name: string
  readonly email?: string
  /** To be shown: a full name. */
  readonly label?: string
  /** All that was said, for roles and attributes. */
  readonly claims: Claims
}

/** A provider that asks the person itself, in the browser. */
export interface RedirectProvider {
  readonly kind: 'oidc' | 'saml'
  /** Below which subjects are never given twice. Whoever has another one is nobody whom we know. */
  readonly issuer: string
  /**
   * Where the browser is to go, and what has to be known when it comes back. `state` goes along and comes back.
   * `kept` is sealed and bound to the browser by who calls. Throws `unavailable`.
   */
  begin(state: string): Promise<{ readonly url: URL; readonly kept: JsonObject }>
  /** The provider's answer. Throws `unauthenticated` for all that does not fit, `unavailable`. */
  finish(answer: ProviderAnswer, kept: JsonObject): Promise<VouchedAtProvider>
  /** Claims that are kept for `current`, beside those that are wanted. */
  readonly required?: readonly string[]
  /**
   * The person as the provider sees it now. `renewal` is of the last `finish` or `current`, and `before` what was kept of
   * the claims then. Undefined: no longer vouched for. Throws `unavailable`. Absent where the provider has no such thing:
   * people are then as at their last sign-in.
   */
  current?(renewal: string, before: Claims): Promise<VouchedAtProvider | undefined>
  /** Where a browser goes to end the session at the provider too. */
  signOut?(back: URL, hint: string | undefined): Promise<URL | undefined>
  /** What an administrator of the provider needs to know of us: XML of SAML. */
  metadata?(): { readonly type: string; readonly text: string }
}

/** An answer as it came to the callback: its query, or the form that was posted. */
interface ProviderAnswer {
  readonly url: URL
  readonly form?: Readonly<Record<string, string>>
}

export interface VouchedAtProvider extends Vouched {
  /** A secret by which `current` asks: a refresh token. Sealed by who keeps it. */
  readonly renewal?: string
  /** Some of the claims are those of before, since the provider did not say them anew. */
  readonly partly?: true
  /** Milliseconds since 1970: the sign-in is good no longer, whatever we are set to. */
  readonly until?: number
  /** What `signOut` wants to have: an ID token, a session index. */
  readonly signOutHint?: string
}

/** A provider that we hand the password to. */
export interface DirectoryProvider {
  readonly kind: 'ldap'
  /** Undefined: there is no such person, or the password is wrong. Throws `unavailable`. */
  check(user: string, password: string): Promise<Vouched | undefined>
  /** The person as it is now. Undefined: gone, locked or disabled. Throws `unavailable`. */
  current(subject: string): Promise<Vouched | undefined>
  close?(): Promise<void>
}

export type Provider = RedirectProvider | DirectoryProvider

/** One kind of provider: `sign_in.providers.NAME.type` names it. */
export interface ProviderType {
  /** The keys that are its own, beside those that every provider has (type, label, tenant, the mapping of claims). */
  readonly schema: ObjectSchema
  /** What the schema cannot say, each with the key that it is about. */
  problems?(settings: JsonObject): readonly { readonly key: string; readonly message: string }[]
  /** What is allowed and still unwise, each with the key that it is about. */
  warnings?(settings: JsonObject, mapping: ClaimMapping): readonly { readonly key: string; readonly message: string }[]
  /** Asks nothing of the provider, and loads what speaks to it: all else here is for every configuration. */
  create(settings: JsonObject, context: ProviderContext): Promise<Provider>
}

export interface ProviderContext {
  /** As it stands in the configuration. */
  readonly name: string
  /** Where answers are to come to: `{public url}/api/v2/user/session/{name}/callback`, below `/t/{tenant}` for others than the default one. */
  readonly callback: URL
  /** Our own address at which `metadata` is served. */
  readonly metadataUrl: URL
  /** Claims that roles and attributes are made of: what has to be asked for. */
  readonly wanted: readonly string[]
  /** Milliseconds since 1970. */
  readonly now: () => number
}
