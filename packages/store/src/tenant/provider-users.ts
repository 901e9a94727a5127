import type { ProviderStore, SignInFlow, VouchedUser } from '@gatehouse/core'
import type { Scope } from './scope.js'
import { loginOf, type UserRow, userColumns, userOf } from './users.js'

/** Renewals, for sealing them with another key. */
export interface Renewals {
  sealedRenewals(): Promise<
    readonly { readonly id: string; readonly provider: string; readonly subject: string; readonly sealed: string }[]
  >
  /** False where it was changed meanwhile. */
  resealRenewal(id: string, before: string, sealed: string): Promise<boolean>
}

/** Users of outside providers, and sign-ins that are on their way to one. */
export function providerUsersOf(scope: Scope): ProviderStore & Renewals {
  const bySubject = async (provider: string, subject: string) => {
    const row: UserRow | undefined = await scope.rows('users').where({ provider, subject }).first(userColumns)
    // Databases compare texts in ways of their own: a subject is the same byte for byte, or another one.
    return row?.subject === subject ? userOf(row) : undefined
  }
  const said = ({ email, label, claims, renewal }: VouchedUser) => ({
    email: email?.slice(0, 190) ?? null,
    label: label?.slice(0, 190) ?? null,
    claims: JSON.stringify(claims),
    renewal: renewal ?? null,
    changed: new Date().toISOString(),
  })
  return {
    providerUser: bySubject,
    async addProviderUser({ name, provider, subject, ...user }) {
      const row = {
        name,
        login: loginOf(name),
        provider,
        subject,
        roles: '[]',
        attributes: '{}',
        active: true,
        created: new Date().toISOString(),
        ...said(user),
      }
      try {
        await scope.insert('users', row)
      } catch (thrown) {
        const taken = await scope.rows('users').where('login', row.login).first('id')
        if (taken || (await bySubject(provider, subject))) return undefined
        throw thrown
      }
      return bySubject(provider, subject)
    },
    async noteVouched(id, user, before) {
      const { renewal, ...rest } = said(user)
      await scope.rows('users').where({ id }).update(rest)
      if (renewal === null) return
      const same = before === undefined ? { id } : { id, renewal: before }
      await scope.rows('users').where(same).update({ renewal })
    },
    async renewal(id) {
      const row: { renewal: string | null } | undefined = await scope.rows('users').where({ id }).first('renewal')
      return row?.renewal ?? undefined
    },
    async lockRenewal(id, now, until) {
      const free = until === 0 ? scope.rows('users') : scope.rows('users').where('renewing', '<=', now)
      return (await free.where({ id }).update({ renewing: until })) > 0
    },
    async sealedRenewals() {
      const rows: { id: number | string; provider: string; subject: string; renewal: string }[] = await scope
        .rows('users')
        .whereNotNull('renewal')
        .select('id', 'provider', 'subject', 'renewal')
      return rows.map(({ id, renewal, ...user }) => ({ ...user, id: String(id), sealed: renewal }))
    },
    async resealRenewal(id, before, sealed) {
      return (await scope.rows('users').where({ id, renewal: before }).update({ renewal: sealed })) > 0
    },
    async addFlow({ hash, sealed, expires }: SignInFlow) {
      await scope.insert('sign_in_flows', { hash, sealed, expires })
    },
    async holdAnswer(hash, answer, now, until) {
      const open = scope.rows('sign_in_flows').where({ hash }).where('expires', '>', now).whereNull('answer')
      return (await open.update({ answer, expires: until })) > 0
    },
    async heldAnswers(now) {
      const held = scope.rows('sign_in_flows').where('expires', '>', now).whereNotNull('answer')
      const row: { n: number | string } | undefined = await held.count({ n: '*' }).first()
      return Number(row?.n)
    },
    async sweepFlows(now) {
      await scope.rows('sign_in_flows').where('expires', '<', now).delete()
    },
    async useFlow(hash, now) {
      const row: { sealed: string; answer: string | null; expires: number | string } | undefined = await scope
        .rows('sign_in_flows')
        .where({ hash })
        .first('sealed', 'answer', 'expires')
      if (!row || (await scope.rows('sign_in_flows').where({ hash }).delete()) === 0) return undefined
      if (Number(row.expires) <= now) return undefined
      return { sealed: row.sealed, ...(row.answer !== null && { answer: row.answer }) }
    },
  }
}
