import type { Passwords } from '@gatehouse/access'
import { type Changes, Failure, type Scalar } from '@gatehouse/core'
import { loginOf, type TenantStore } from '@gatehouse/store'
import { mayActOnUser, mayGiveAttributes, mayGiveRoles, mayTakeName, requireUnlimited } from '../may-give.js'
import type { Draft, RuleContext, Stored, SystemTable } from '../system-table.js'
import { nameIn, objectIn, required, textIn, textsIn } from '../values.js'

export interface UserPorts {
  readonly passwords: Passwords
  readonly changes: Changes
  readonly storeOf: (tenant: string) => TenantStore
}

/** Letters, digits and what stands in addresses; nothing that reads as another thing in paths, logs or the audit. */
const namePattern = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,189}$/u
const emailPattern = /^[^\s@<>,;]+@[^\s@<>,;]+$/

/** Local users. What is written to `password` becomes a hash; nothing that is read holds either. */
export function usersTable({ passwords, changes, storeOf }: UserPorts): SystemTable {
  async function ruled(draft: Draft, before: { name: string; email?: string } | undefined, context: RuleContext) {
    const row = new Map<string, Scalar>(draft)
    const name = nameIn(draft, namePattern, 'letters, digits and . _ @ + -')
    if (name !== undefined) row.set('login', loginOf(name))
    const email = textIn(draft, 'email')
    if (email !== undefined && !emailPattern.test(email)) throw new Failure('invalid', '`email` is no address')
    const roles = textsIn(draft, 'roles')
    if (roles) mayGiveRoles(roles, context)
    const attributes = objectIn(draft, 'attributes')
    if (attributes) mayGiveAttributes(attributes, context)
    const password = textIn(draft, 'password')
    row.delete('password')
    if (password !== undefined) {
      passwords.judge(password, { name: name ?? before?.name ?? '', email: email ?? before?.email })
      row.set('password_hash', await passwords.hash(password))
    }
    return row
  }

  return {
    name: 'users',
    description: 'Who signs in. `password` is written only; people of outside providers have none here',
    hidden: ['tenant', 'login', 'password_hash', 'claims', 'renewal', 'renewing', 'epoch'],
    kept: ['provider', 'subject', 'last_sign_in', 'created', 'changed'],
    filled: ['roles', 'attributes', 'active'],
    plain: true,
    rules: {
      async create(draft, context) {
        const name = required(textIn(draft, 'name'), 'name')
        await mayTakeName(name, context, storeOf(context.tenant.name))
        const row = await ruled(draft, undefined, context)
        if (!row.has('roles')) row.set('roles', '[]')
        if (!row.has('attributes')) row.set('attributes', '{}')
        if (!row.has('active')) row.set('active', true)
        row.set('provider', 'local')
        row.set('changed', new Date().toISOString())
        return { row }
      },
      async update(draft, before, context) {
        await mayActOnUser(before, context, storeOf(context.tenant.name))
        const itself = context.caller.id.endsWith(`user:${String(before.name)}`)
        if (itself && draft.get('active') === false) throw new Failure('invalid', 'Nobody switches off their own user')
        if (before.provider !== 'local' && draft.has('password')) throw passwordElsewhere(before)
        const { name, email } = before
        if (draft.has('name') && draft.get('name') !== name) requireUnlimited(context, 'change names of users')
        const known = { name: String(name), ...(typeof email === 'string' && { email }) }
        return { row: await ruled(draft, known, context) }
      },
      async remove(before, context) {
        await mayActOnUser(before, context, storeOf(context.tenant.name))
        if (context.caller.id.endsWith(`user:${String(before.name)}`)) {
          throw new Failure('invalid', 'Nobody deletes their own user')
        }
      },
      async after(touched, { tenant }) {
        const own = storeOf(tenant.name)
        for (const { id, password_hash: hash } of touched) {
          const now = await own.user(String(id))
          // A password that somebody else set ends what was opened with the old one; so does being switched off.
          if (!now?.active || (now.passwordHash ?? null) !== hash) await own.closeSessions(String(id))
          await changes.announce(tenant.name, 'users', `user:${String(id)}`)
        }
      },
    },
  }
}

/** Whoever could set it would sign in as that person beside its provider. */
export function passwordElsewhere({ provider }: Stored): Failure {
  return new Failure('invalid', `The password of this user is kept by \`${String(provider)}\``)
}

/** Sessions: seen, and ended. */
export function sessionsTable({ changes }: Pick<UserPorts, 'changes'>): SystemTable {
  return {
    name: 'sessions',
    description: 'Who is signed in. To end a session, delete it',
    hidden: ['tenant', 'hash', 'sign_out_hint'],
    kept: [],
    filled: [],
    plain: true,
    rules: {
      remove: () => undefined,
      async after(touched, { tenant }) {
        for (const { hash } of touched) await changes.announce(tenant.name, 'users', `session:${String(hash)}`)
      },
    },
  }
}
