import { Client } from 'ldapts'
import { type LdapServer, startSlapd } from '../servers/index.mjs'

type Running = Exclude<LdapServer, { readonly skipped: string }>

/** A directory with people and groups, which a test can change. */
export interface Tree {
  readonly server: Running
  /** As who may do everything. */
  readonly admin: Client
  readonly people: string
  readonly groups: string
  /** Of a person, by the uid. */
  dn(uid: string): string
  close(): Promise<void>
}

/** Everybody's. */
export const ldapPassword = 'p@ss(w)*rd ü'
export const serviceAccount = { bind_dn: 'cn=reader,dc=example,dc=com', bind_password: 'reader’s own' }

/** The uid of somebody, with all that means something in filters and DNs. */
export const unusual = 'o\'neil, "x" (y)*\\<+;#='

/**
 * ann is an engineer, engineers are builders, builders are members of everyone, and everyone of builders. bob is an admin. carl
 * is in a group that is *named* like the DN of the admins. dora is outside `ou=people`. eve and eva have one address.
 */
export async function openTree(
  options: Parameters<typeof startSlapd>[0] = {},
): Promise<Tree | { readonly skipped: string }> {
  const server = await startSlapd(options)
  if ('skipped' in server) return server
  const admin = new Client({ url: server.ldaps, tlsOptions: { rejectUnauthorized: false } })
  await admin.bind(server.admin.dn, server.admin.password)
  const { suffix } = server
  const [people, groups] = [`ou=people,${suffix}`, `ou=groups,${suffix}`]
  const unit = (dn: string) => admin.add(dn, { objectClass: 'organizationalUnit' })
  await admin.add(suffix, { objectClass: ['organization', 'dcObject'], o: 'Example', dc: 'example' })
  for (const dn of [people, groups, `ou=elsewhere,${suffix}`, `ou=more,${groups}`]) await unit(dn)
  await admin.add(serviceAccount.bind_dn, {
    objectClass: ['organizationalRole', 'simpleSecurityObject'],
    userPassword: serviceAccount.bind_password,
  })
  await admin.add(`cn=policy,${suffix}`, {
    objectClass: ['pwdPolicy', 'organizationalRole'],
    pwdAttribute: 'userPassword',
    pwdLockout: 'TRUE',
    pwdMaxFailure: '3',
    pwdLockoutDuration: '1',
  })
  const dn = (uid: string) => `uid=${uid},${people}`
  const person = (at: string, uid: string, more: Record<string, string | string[]> = {}) =>
    admin.add(at, {
      objectClass: 'inetOrgPerson',
      uid,
      cn: uid,
      sn: uid,
      mail: `${uid}@example.com`,
      userPassword: ldapPassword,
      ...more,
    })
  await person(dn('ann'), 'ann', { displayName: 'Ann Archer', departmentNumber: 'b', title: ['One', 'Two'] })
  for (const uid of ['bob', 'carl']) await person(dn(uid), uid)
  await person(dn('zoë'), 'zoë', { mail: 'zoe@example.com' })
  const odd = `uid=${unusual.replace(/[\\",<+;]/g, '\\$&')},${people}`
  await person(odd, unusual, { mail: 'oneil@example.com' })
  for (const uid of ['eve', 'eva']) await person(dn(uid), uid, { mail: 'both@example.com' })
  await person(`uid=dora,ou=elsewhere,${suffix}`, 'dora')

  const group = (at: string, ...member: string[]) => admin.add(at, { objectClass: 'groupOfNames', member })
  await group(`cn=engineers,${groups}`, dn('ann'))
  await group(`cn=builders,${groups}`, `cn=engineers,${groups}`, `cn=everyone,${groups}`)
  await group(`cn=everyone,${groups}`, `cn=builders,${groups}`)
  await group(`cn=admins,${groups}`, dn('bob'))
  await group(`cn=odd\\, (group)*,${groups}`, odd)
  await group(`cn=outside,ou=elsewhere,${suffix}`, dn('ann'))
  await group(
    `cn=cn\\3dadmins\\2c${groups.replaceAll(',', '\\2c').replaceAll('=', '\\3d')},ou=more,${groups}`,
    dn('carl'),
  )
  await admin.add(`cn=posix,${groups}`, {
    objectClass: 'posixGroup',
    gidNumber: '700',
    memberUid: ['ann', 'engineers'],
  })
  return {
    server,
    admin,
    people,
    groups,
    dn,
    async close() {
      await admin.unbind()
      await server.stop()
    },
  }
}
