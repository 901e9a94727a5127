import { hash, randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type Changes, Failure, type IdentityStore, type StoredUser, type VouchedUser } from '@gatehouse/core'
import { keptClaims } from '../claims.js'
import { wrongCredentials } from '../identity/local-sign-in.js'
import { isOfIssuer, marksOf, vouchedUntil } from './marks.js'
import type { OpenProvider, Providers } from './open-providers.js'
import type { Vouched, VouchedAtProvider } from './provider.js'

/** People of providers as users of ours. */
export interface ProviderUsers {
  /**
   * The user of whom a provider vouches for, made where it is the first time. Found by provider and subject alone: names
   * and addresses are what others may have, or may choose. Throws `unauthenticated` for users who are switched off.
   */
  admit(provider: OpenProvider, vouched: VouchedAtProvider): Promise<StoredUser>
  /** As its provider sees the user now. Undefined: it does not vouch for it any more. Throws `unavailable`. */
  askedAnew(user: StoredUser): Promise<StoredUser | undefined>
}

/** Seals what can be used as long as the provider takes it, under a name that says whose it is. */
export interface Vault {
  seal(name: string, secret: string): string
  /** Throws where it was changed, or sealed for another name. */
  open(name: string, sealed: string): string
}

/** The name that a person's renewal is sealed under. */
export function renewalName(tenant: string, provider: string, subject: string): string {
  return JSON.stringify(['renewal', tenant, provider, subject])
}

/** How long one process may take to ask a provider before another tries. */
const askingMs = 120_000

export function createProviderUsers(
  store: IdentityStore,
  providers: Providers,
  changes: Changes,
  vault: Vault,
  /** Milliseconds that a sign-in is good for where its provider cannot be asked again. */
  goodForMs: number,
  now: () => number,
): ProviderUsers {
  const nameOf = (provider: string, subject: string) => renewalName(store.tenant, provider, subject)

  function said(provider: OpenProvider, vouched: VouchedAtProvider): VouchedUser {
    const { subject, email, label, claims, renewal } = vouched
    const { mapping, provider: asked } = provider
    const name = nameOf(provider.name, subjectOf(subject))
    return {
      ...(email !== undefined && isAddress(email) && { email }),
      ...(label !== undefined && { label }),
      claims: { ...keptClaims(claims, mapping, 'required' in asked ? asked.required : []), ...marksOf(asked, vouched) },
      ...(renewal !== undefined && { renewal: vault.seal(name, renewal) }),
    }
  }

  /**
   * What was said now, in the place of what was known; others hear of it where it makes a difference. `before`: the
   * renewal that was used, sealed.
   */
  async function take(
    provider: OpenProvider,
    known: StoredUser,
    vouched: VouchedAtProvider,
    before?: string,
  ): Promise<StoredUser> {
    await store.noteVouched(known.id, said(provider, vouched), before)
    const user = await store.user(known.id)
    if (!user?.active) throw wrongCredentials()
    if (!isDeepStrictEqual([known.roles, known.attributes], [user.roles, user.attributes])) {
      await changes.announce(store.tenant, 'users', `user:${user.id}`)
    }
    return user
  }

  async function addedOrKnown(provider: OpenProvider, vouched: VouchedAtProvider): Promise<StoredUser> {
    const subject = subjectOf(vouched.subject)
    for (const name of namesFor(vouched.name, provider.name)) {
      const known = await store.providerUser(provider.name, subject)
      if (known) {
        if (!isOfIssuer(known, provider.provider)) throw ofAnother()
        if (!known.active) throw wrongCredentials()
        return take(provider, known, vouched)
      }
      const added = await store.addProviderUser({ ...said(provider, vouched), name, provider: provider.name, subject })
      if (added) return added
    }
    throw new Failure('internal', 'Names have come to an end')
  }

  async function askDirectory(user: StoredUser, provider: OpenProvider, current: () => Promise<Vouched | undefined>) {
    const vouched = await current()
    if (vouched && subjectOf(vouched.subject) === user.subject) return take(provider, user, vouched)
    return undefined
  }

  /** As at the last sign-in, for as long as that may be taken for true. */
  const asLastTime = (user: StoredUser) =>
    Math.min(Date.parse(user.lastSignIn ?? '') + goodForMs, vouchedUntil(user)) > now() ? user : undefined

  return {
    admit: addedOrKnown,
    async askedAnew(user) {
      const found = providers.find(user.provider)
      if (!found || user.subject === undefined) return undefined
      const { subject } = user
      const { provider } = found
      if ('check' in provider) return askDirectory(user, found, () => provider.current(subject))
      if (!provider.current) return asLastTime(user)
      // A renewal is often good for one use: of several processes that ask at once, the others take what is known.
      if (!(await store.lockRenewal(user.id, now(), now() + askingMs))) return user
      try {
        const sealed = await store.renewal(user.id)
        if (sealed === undefined) return asLastTime(user)
        const held = opened(vault, nameOf(user.provider, subject), sealed)
        if (held === undefined) return undefined
        const vouched = await provider.current(held, user.claims ?? {})
        if (!vouched || subjectOf(vouched.subject) !== subject) return undefined
        if (vouched.partly && !asLastTime(user)) return undefined
        return await take(found, user, vouched, sealed)
      } finally {
        await store.lockRenewal(user.id, now(), 0)
      }
    },
  }
}

/** In the words for all that is refused; the log says what an administrator can do. */
function ofAnother(): Failure {
  const cause = new Error('The user was made by another issuer: delete it, or give the provider another name')
  return new Failure('unauthenticated', wrongCredentials().message, { cause })
}

/** Undefined for what was sealed with a key that is gone: then the person has to sign in again. */
function opened(vault: Vault, name: string, sealed: string): string | undefined {
  try {
    return vault.open(name, sealed)
  } catch {
    return undefined
  }
}

/** As it is kept: one that is longer than a column, or not well-formed, by its hash. */
function subjectOf(subject: string): string {
  if (subject === '') throw wrongCredentials()
  // Some databases do not tell texts apart that differ in spaces at their ends.
  const plain = subject.length <= 200 && subject === subject.trim() && !/\p{Surrogate}/u.test(subject)
  return plain ? subject : `sha256:${hash('sha256', subject)}`
}

/**
 * The name that the person has at the provider, with the provider behind it. People often choose the first themselves, and
 * row policies may go by the whole: so it is never that of a local user, of a key, or of another provider's person.
 */
function* namesFor(name: string, provider: string): Generator<string> {
  const plain = name
    .normalize('NFKC')
    .replace(/[^\p{L}\p{N}._@+-]+/gu, '-')
    .replace(/^[^\p{L}\p{N}]+|-+$/gu, '')
    .slice(0, 100)
  const own = plain === '' ? 'user' : plain
  yield `${own}@${provider}`
  for (let i = 2; i < 6; i++) yield `${own}-${i}@${provider}`
  for (;;) yield `${own}-${randomBytes(4).toString('hex')}@${provider}`
}

function isAddress(email: string): boolean {
  return email.length <= 190 && /^[^\s@<>,;]+@[^\s@<>,;]+$/.test(email)
}
