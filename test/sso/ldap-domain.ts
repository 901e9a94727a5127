import { Attribute, Change, Client } from 'ldapts'
import { type LdapServer, startSamba } from '../servers/index.mjs'

/** A domain of Active Directory, which a test can change. */
export interface Domain {
  readonly server: Exclude<LdapServer, { readonly skipped: string }>
  readonly admin: Client
  readonly staff: string
  /** Of a person, by the account's name. */
  dn(account: string): string
  set(dn: string, attribute: string, ...values: string[]): Promise<void>
  close(): Promise<void>
}

/** Of the account müller, as it stands in a DN. */
const unusualName = 'M\\C3\\BCller\\, \\"x\\" (y)*'

export const domainPassword = 'Four w0rds of n*nsense'

/** ann is an engineer, engineers are builders, and all are in Domain Users, by their primary group; those are `people`. */
export async function openDomain(): Promise<Domain | { readonly skipped: string }> {
  const server = await startSamba()
  if ('skipped' in server) return server
  const admin = new Client({ url: server.ldaps, tlsOptions: { rejectUnauthorized: false } })
  await admin.bind(server.admin.dn, server.admin.password)
  const { suffix } = server
  const staff = `OU=Staff,${suffix}`
  await admin.add(staff, { objectClass: 'organizationalUnit' })
  await admin.add(`OU=Groups,${suffix}`, { objectClass: 'organizationalUnit' })
  const dn = (account: string) => `CN=${account},${staff}`
  for (const account of ['ann', 'bob', 'reader', 'müller']) {
    const values: Record<string, string | Buffer> = {
      objectClass: 'user',
      sAMAccountName: account,
      userPrincipalName: `${account}@example.test`,
      mail: `${account}.mail@example.com`,
      displayName: `The ${account}`,
      unicodePwd: Buffer.from(`"${domainPassword}"`, 'utf16le'),
      userAccountControl: '512',
    }
    const attributes = Object.entries(values).map(
      ([type, value]) => new Attribute({ type, values: typeof value === 'string' ? [value] : [value] }),
    )
    await admin.add(dn(account), attributes)
  }
  await admin.modifyDN(dn('müller'), `CN=${unusualName}`)
  const group = (name: string, ...member: string[]) =>
    admin.add(`CN=${name},OU=Groups,${suffix}`, { objectClass: 'group', sAMAccountName: name, member })
  await group('engineers', dn('ann'))
  await group('odd', `CN=${unusualName},${staff}`)
  await group('builders', `CN=engineers,OU=Groups,${suffix}`)
  await group('people', `CN=Domain Users,CN=Users,${suffix}`)
  return {
    server,
    admin,
    staff,
    dn,
    set: (at, type, ...values) =>
      admin.modify(at, new Change({ operation: 'replace', modification: new Attribute({ type, values }) })),
    async close() {
      await admin.unbind()
      await server.stop()
    },
  }
}
