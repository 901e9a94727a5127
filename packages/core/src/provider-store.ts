import type { StoredUser } from './identity.js'
import type { JsonValue } from './json.js'

/** What a provider said of a person, as the store keeps it. */
export interface VouchedUser {
  readonly email?: string
  readonly label?: string
  /** Those that roles and attributes are made of. */
  readonly claims: Readonly<Record<string, JsonValue>>
  /** Sealed: by what the provider can be asked again. */
  readonly renewal?: string
}

/** A sign-in that went to a provider and has not come back yet. */
export interface SignInFlow {
  /** SHA-256 of the state that the provider sends back, hex. */
  readonly hash: string
  /** Sealed: all that has to be known then. */
  readonly sealed: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

/** What signing in with outside providers needs of the store, of one tenant. */
export interface ProviderStore {
  /** By what the provider never gives to another person. There is no way to a user of a provider by name or e-mail. */
  providerUser(provider: string, subject: string): Promise<StoredUser | undefined>
  /** Undefined where the name is taken, or where another process has just made a user of this subject. */
  addProviderUser(
    user: VouchedUser & { readonly name: string; readonly provider: string; readonly subject: string },
  ): Promise<StoredUser | undefined>
  /**
   * Takes over what was said now, in the place of what was said before. Where no renewal comes, the one that is there
   * stays. `before`: the sealed one that was used; where there is another by now, that stays.
   */
  noteVouched(userId: string, said: VouchedUser, before?: string): Promise<void>
  renewal(userId: string): Promise<string | undefined>
  /**
   * True for one process at a time: a renewal is often good for one use only. `until` (milliseconds since 1970) is when
   * another may try at the latest; 0 gives it back.
   */
  lockRenewal(userId: string, now: number, until: number): Promise<boolean>

  addFlow(flow: SignInFlow): Promise<void>
  /**
   * Keeps what was posted for a flow that is there, for when its browser comes, which has to be before `until`. The first
   * one stays; false: there is no such flow, or it has one.
   */
  holdAnswer(hash: string, sealed: string, now: number, until: number): Promise<boolean>
  /** How many of them there are. */
  heldAnswers(now: number): Promise<number>
  /** Uses a flow up, in one step: of several calls at once, one has it. */
  useFlow(hash: string, now: number): Promise<{ readonly sealed: string; readonly answer?: string } | undefined>
  /** Forgets flows that are over. */
  sweepFlows(now: number): Promise<void>
}
