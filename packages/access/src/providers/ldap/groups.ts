import { randomUUID } from 'node:crypto'
import { EqualityFilter, ExtensibleFilter, type Filter, OrFilter } from 'ldapts'
import { anyEntry, type LdapConnection } from './connection.js'
import { dnKey, isBelow, nameIn } from './distinguished-name.js'
import type { Entry } from './entry.js'
import { fillFilter, parseFilter } from './filter-template.js'
import type { GroupSettings } from './settings.js'

export interface Group {
  readonly dn: string
  readonly name: string
}

/** The groups of a person who is named `user`, once each. */
export type FindGroups = (person: Entry, user: string, connection: LdapConnection) => Promise<readonly Group[]>

/** The attributes of a person that finding groups needs. */
export const groupAttributes = ['memberOf', 'primaryGroupID', 'objectSid']

const maxGroups = 2_000
/** Groups whose groups are asked for at once. */
const batch = 50

/** For servers that do not know of nesting: groups that have this member, then those that have these groups, and so on. */
export function groupsByFilter({ base, filter, nested }: GroupSettings): FindGroups {
  const template = parseFilter(filter ?? '(|(member={dn})(uniqueMember={dn}))')
  const having = (dn: string, user: string) => fillFilter(template, { dn, user })
  return async (person, user, connection) => {
    const search = (filters: readonly Filter[]) => groupsAt(connection, base, new OrFilter({ filters: [...filters] }))
    const first = await search([having(person.dn, user)])
    // No group is named like a user, whatever its name.
    const nobody = randomUUID()
    return nested ? walk(first, (groups) => search(groups.map(({ dn }) => having(dn, nobody)))) : first
  }
}

/** What `memberOf` of the person says, and then that of the groups. */
export function groupsByMemberOf({ base, nested }: GroupSettings): FindGroups {
  const of = (entry: Entry) =>
    entry
      .texts('memberOf')
      .filter((dn) => base === '' || isBelow(dn, base))
      .map((dn) => ({ dn, name: nameIn(dn) ?? dn }))
  return async (person, _, connection) => {
    const above = async ({ dn }: Group) => {
      const question = { base: dn, scope: 'base' as const, filter: anyEntry, attributes: ['memberOf'] }
      return (await connection.search(question)).flatMap(of)
    }
    const first = of(person)
    return nested ? walk(first, async (groups) => (await Promise.all(groups.map(above))).flat()) : first
  }
}

/** LDAP_MATCHING_RULE_IN_CHAIN ([MS-ADTS] 3.1.1.3.4.4.3): the server follows the nesting. */
const inChain = '1.2.840.113556.1.4.1941'

/** Active Directory, where the primary group does not have the person as a member. */
export function groupsInActiveDirectory({ base, nested }: GroupSettings): FindGroups {
  const having = (dn: string) =>
    nested
      ? new ExtensibleFilter({ matchType: 'member', rule: inChain, value: dn })
      : new EqualityFilter({ attribute: 'member', value: dn })
  return async (person, _, connection) => {
    const sid = primaryGroup(person)
    const { domain = base } = await connection.facts()
    // It may stand elsewhere, and still be a member of groups that count.
    const primary = sid
      ? await groupsAt(connection, domain, new EqualityFilter({ attribute: 'objectSid', value: sid }))
      : []
    const members = nested ? [person, ...primary] : [person]
    const found = await Promise.all(members.map(({ dn }) => groupsAt(connection, base, having(dn))))
    return unique([...primary.filter(({ dn }) => isBelow(dn, base)), ...found.flat()])
  }
}

/** The SID of the domain with the group's number at its end, in the place of the person's own. */
function primaryGroup(person: Entry): Buffer | undefined {
  const [own, number] = [person.octets('objectSid'), Number(person.text('primaryGroupID'))]
  if (!own || own.length < 12 || !(number > 0 && number < 2 ** 32)) return undefined
  const sid = Buffer.from(own)
  sid.writeUInt32LE(number, sid.length - 4)
  return sid
}

async function groupsAt(connection: LdapConnection, base: string, filter: Filter): Promise<readonly Group[]> {
  const entries = await connection.search({ base, scope: 'sub', filter, attributes: ['cn'] })
  return entries.map((entry) => ({ dn: entry.dn, name: entry.text('cn') ?? nameIn(entry.dn) ?? entry.dn }))
}

/** Breadth first; a group that was met is not asked for again, so that circles end. */
async function walk(
  first: readonly Group[],
  above: (groups: readonly Group[]) => Promise<readonly Group[]>,
): Promise<readonly Group[]> {
  let found = unique(first)
  let level = found
  while (level.length > 0) {
    const next: Group[] = []
    for (let at = 0; at < level.length; at += batch) next.push(...(await above(level.slice(at, at + batch))))
    const known = found.length
    found = unique([...found, ...next])
    if (found.length > maxGroups) throw new Error(`A person is in more than ${maxGroups} groups`)
    level = found.slice(known)
  }
  return found
}

function unique(groups: readonly Group[]): readonly Group[] {
  const byDn = new Map<string, Group>()
  for (const group of groups) {
    const key = dnKey(group.dn)
    if (key !== undefined && !byDn.has(key)) byDn.set(key, group)
  }
  return [...byDn.values()]
}
