import type { Vouched } from '../provider.js'
import type { Manner } from './dialects.js'
import { claimOf, type Entry } from './entry.js'
import { type Group, groupAttributes } from './groups.js'
import { standingAttributes } from './standing.js'

/** Claims of our own making, whatever attributes of these names a directory has. */
const ownClaims = ['dn', 'groups']

/** The attributes to ask for: what the person is known by, what stands against them, and what claims are made of. */
export function askedOf({ subject, name, email, label }: Manner, wanted: readonly string[]): readonly string[] {
  const asked = [subject, name, email, label, ...standingAttributes, ...groupAttributes, ...attributesIn(wanted)]
  return [...new Set(asked)]
}

/** Throws where the entry lacks what every person has to have. */
export async function vouch(
  entry: Entry,
  how: Manner,
  wanted: readonly string[],
  findGroups: (user: string) => Promise<readonly Group[]>,
): Promise<Vouched> {
  const [subject, name] = [entry.text(how.subject), entry.text(how.name)]
  if (subject === undefined || name === undefined) {
    const lacking = subject === undefined ? how.subject : how.name
    throw new Error(`An entry shows no ${lacking}: name another attribute, or give rights to read it`)
  }
  const [email, label] = [entry.text(how.email), entry.text(how.label)]
  const attributes = attributesIn(wanted).map((attribute) => [attribute, claimOf(entry, attribute)] as const)
  return {
    subject,
    name,
    ...(email !== undefined && { email }),
    ...(label !== undefined && { label }),
    claims: {
      ...Object.fromEntries(attributes.filter(([, value]) => value !== undefined)),
      dn: entry.dn,
      groups: groupsClaim(await findGroups(name)),
    },
  }
}

/** Groups by DN and by name. A name that could be read as a DN is left out: it would pass for another group's. */
function groupsClaim(groups: readonly Group[]): readonly string[] {
  const names = groups.map(({ name }) => name).filter((name) => !name.includes('='))
  return [...new Set([...groups.map(({ dn }) => dn), ...names])]
}

function attributesIn(wanted: readonly string[]): readonly string[] {
  return wanted.filter((claim) => /^[A-Za-z][A-Za-z0-9-]*$/.test(claim) && !ownClaims.includes(claim))
}
