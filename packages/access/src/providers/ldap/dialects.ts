import { EqualityFilter, type Filter } from 'ldapts'
import { parseGuid } from './entry.js'
import { type FindGroups, groupsByFilter, groupsByMemberOf, groupsInActiveDirectory } from './groups.js'
import type { ServerFacts } from './server-facts.js'
import type { GroupSettings, LdapSettings } from './settings.js'

/** What differs between kinds of directories. */
interface Dialect {
  readonly userFilter: string
  readonly subject: string
  readonly name: string
  readonly email: string
  readonly label: string
  findGroups(settings: GroupSettings): FindGroups
}

/** RFC 4519, RFC 4530, RFC 2798. */
const standard: Dialect = {
  userFilter: '(&(objectClass=person)(uid={user}))',
  subject: 'entryUUID',
  name: 'uid',
  email: 'mail',
  label: 'displayName',
  findGroups: groupsByFilter,
}

const activeDirectory: Dialect = {
  userFilter:
    '(&(objectCategory=person)(objectClass=user)(|(sAMAccountName={user})(userPrincipalName={user})(mail={user})))',
  subject: 'objectGUID',
  name: 'sAMAccountName',
  email: 'mail',
  label: 'displayName',
  findGroups: groupsInActiveDirectory,
}

/** How this directory is asked: what the settings say, and what its kind is used to where they say nothing. */
export interface Manner {
  readonly userFilter: string
  readonly subject: string
  readonly name: string
  readonly email: string
  readonly label: string
  readonly findGroups: FindGroups
}

export function mannerOf({ groups, attributes, userFilter, userDn }: LdapSettings, facts: ServerFacts): Manner {
  const dialect = facts.activeDirectory ? activeDirectory : standard
  // Who is found by DN needs no more than to be there.
  const filter = userFilter ?? (userDn === undefined ? dialect.userFilter : '(objectClass=*)')
  const find = groups.memberOf ? groupsByMemberOf : groups.filter === undefined ? dialect.findGroups : groupsByFilter
  const { subject, name, email, label } = { ...dialect, ...attributes }
  return { userFilter: filter, subject, name, email, label, findGroups: find(groups) }
}

/** Finds the entry of a subject as it was printed. */
export function subjectFilter(attribute: string, subject: string): Filter {
  const octets = attribute.toLowerCase() === 'objectguid' ? parseGuid(subject) : undefined
  return new EqualityFilter({ attribute, value: octets ?? subject })
}
