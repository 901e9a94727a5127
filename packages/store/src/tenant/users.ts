import type { Membership, StoredUser } from '@gatehouse/core'
import { jsonOf, type Scope } from './scope.js'

export interface UserRow {
  readonly id: number | string
  readonly name: string
  readonly email: string | null
  readonly label: string | null
  readonly password_hash: string | null
  readonly provider: string
  readonly subject: string | null
  readonly claims: unknown
  readonly roles: unknown
  readonly attributes: unknown
  readonly active: boolean | number
  readonly last_sign_in: string | null
  readonly epoch: number
}

export const userColumns = [
  'users.id',
  'users.name',
  'users.email',
  'users.label',
  'users.password_hash',
  'users.provider',
  'users.subject',
  'users.claims',
  'users.roles',
  'users.attributes',
  'users.active',
  'users.last_sign_in',
  'users.epoch',
]

/** What a user is found by: names that differ in case or in the way that Unicode writes them are one name. */
export function loginOf(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase()
}

export function userOf(row: UserRow): StoredUser {
  return {
    id: String(row.id),
    name: row.name,
    ...(row.email !== null && { email: row.email }),
    ...(row.label !== null && { label: row.label }),
    ...(row.password_hash !== null && { passwordHash: row.password_hash }),
    provider: row.provider,
    ...(row.subject !== null && {
      subject: row.subject,
      claims: jsonOf<NonNullable<StoredUser['claims']>>(row.claims, {}),
    }),
    roles: jsonOf<string[]>(row.roles, []),
    attributes: jsonOf<StoredUser['attributes']>(row.attributes, {}),
    active: Boolean(row.active),
    epoch: Number(row.epoch),
    ...(row.last_sign_in !== null && { lastSignIn: row.last_sign_in }),
  }
}

/** A user as it is made; those made through the system service take another way. */
export interface NewUser {
  readonly name: string
  readonly email?: string
  readonly label?: string
  readonly passwordHash?: string
  readonly provider: string
  readonly roles: readonly string[]
  readonly attributes?: object
}

export function usersOf(scope: Scope) {
  const one = async (row: Promise<UserRow | undefined>) => {
    const found = await row
    return found && userOf(found)
  }
  return {
    findUser: (name: string) => one(scope.rows('users').where('login', loginOf(name)).first(userColumns)),
    user: async (id: string) => {
      if (!/^\d{1,18}$/.test(id)) return undefined
      return one(scope.rows('users').where('users.id', id).first(userColumns))
    },
    async memberships(id: string): Promise<Membership[]> {
      const rows: { name: string; roles: unknown; attributes: unknown }[] = await scope
        .rows('memberships')
        .join('tenants', 'tenants.id', 'memberships.tenant_id')
        .where('memberships.user_id', id)
        .orderBy('tenants.name')
        .select('tenants.name', 'memberships.roles', 'memberships.attributes')
      return rows.map(({ name, roles, attributes }) => ({
        tenant: name,
        roles: jsonOf<string[]>(roles, []),
        attributes: jsonOf<Membership['attributes']>(attributes, {}),
      }))
    },
    async setPassword(id: string, hash: string) {
      await scope.rows('users').where({ id }).update({ password_hash: hash, changed: new Date().toISOString() })
    },
    async noteSignIn(id: string, at: string) {
      await scope.rows('users').where({ id }).update({ last_sign_in: at })
    },
    /** True where nobody can sign in yet. */
    async noUsers() {
      return (await scope.rows('users').first('id')) === undefined
    },
    /** False where the name is taken. */
    async addUser({ name, email, label, passwordHash, provider, roles, attributes = {} }: NewUser): Promise<boolean> {
      const at = new Date().toISOString()
      const row = {
        name,
        login: loginOf(name),
        email: email ?? null,
        label: label ?? null,
        password_hash: passwordHash ?? null,
        provider,
        roles: JSON.stringify(roles),
        attributes: JSON.stringify(attributes),
        active: true,
        created: at,
        changed: at,
      }
      try {
        await scope.insert('users', row)
        return true
      } catch (thrown) {
        // Another process made it meanwhile.
        if (await scope.rows('users').where('login', row.login).first('id')) return false
        throw thrown
      }
    },
  }
}
