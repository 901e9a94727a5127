import { randomUUID } from 'node:crypto'
import { Failure } from '@gatehouse/core'
import { AndFilter, type Filter } from 'ldapts'
import type { DirectoryProvider, ProviderContext, Vouched } from '../provider.js'
import type { LdapConnection, Search } from './connection.js'
import { type Manner, mannerOf, subjectFilter } from './dialects.js'
import { escapeInDn } from './distinguished-name.js'
import { fillFilter, forAnyUser, parseFilter } from './filter-template.js'
import { createOpener, createServiceConnection } from './service-connection.js'
import type { LdapSettings } from './settings.js'
import { isInGoodStanding } from './standing.js'
import { askedOf, vouch } from './vouch.js'

/** The DN is enough (RFC 4511, 4.5.1.8). */
const noAttributes = ['1.1']

/** Seconds after which a directory that is down is worth another try. */
const retryAfter = 5

/** People of a directory: found by a search or by their DN, proven by a bind as themselves. */
export function createDirectory(settings: LdapSettings, context: ProviderContext): DirectoryProvider {
  const { name, wanted, now } = context
  const { base, userDn } = settings
  const open = createOpener(settings)
  const service = createServiceConnection(open, settings)

  const manner = async (connection: LdapConnection) => mannerOf(settings, await connection.facts())
  const asUser = (how: Manner, user: string) => fillFilter(parseFilter(how.userFilter), { user })

  /** The one entry that a question finds; undefined where it finds none, or several. */
  async function only(connection: LdapConnection, question: Omit<Search, 'first'>) {
    const found = await connection.search({ ...question, first: 2 })
    return found.length === 1 ? found[0] : undefined
  }

  async function vouchFor(
    connection: LdapConnection,
    question: Pick<Search, 'base' | 'scope' | 'filter'>,
    how: Manner,
  ): Promise<Vouched | undefined> {
    const entry = await only(connection, { ...question, attributes: askedOf(how, wanted) })
    if (!entry || !isInGoodStanding(entry, now())) return undefined
    return vouch(entry, how, wanted, (user) => how.findGroups(entry, user, connection))
  }

  /** On a connection of its own: a connection is whoever was accepted on it last. */
  async function whereAccepted<T>(dn: string, password: string, then: (own: LdapConnection) => Promise<T>) {
    const own = await open()
    try {
      return (await own.bind(dn, password)) ? await then(own) : undefined
    } finally {
      own.close()
    }
  }

  /** Looked up anew once the password was good: that may have ended a lock. */
  async function checkFound(user: string, password: string): Promise<Vouched | undefined> {
    const found = await service.use(async (connection) => {
      const filter = asUser(await manner(connection), user)
      return only(connection, { base, scope: 'sub', filter, attributes: noAttributes })
    })
    // Who is not there is asked for as well, so that the answer takes as many steps.
    const dn = found?.dn ?? `cn=${randomUUID()},${base}`
    const accepted = await whereAccepted(dn, password, async () => found !== undefined)
    if (!accepted) return undefined
    return service.use(async (connection) => {
      const how = await manner(connection)
      return vouchFor(connection, { base: dn, scope: 'base', filter: asUser(how, user) }, how)
    })
  }

  /** Without an account that searches, people read their own entry and groups. */
  function checkNamed(template: string, user: string, password: string): Promise<Vouched | undefined> {
    const dn = template.replaceAll('{user}', () => escapeInDn(user))
    return whereAccepted(dn, password, (own) => {
      const look = async (connection: LdapConnection) => {
        const how = await manner(connection)
        return vouchFor(connection, { base: dn, scope: 'base', filter: asUser(how, user) }, how)
      }
      return settings.account ? service.use(look) : look(own)
    })
  }

  async function orDown<T>(answer: () => Promise<T>): Promise<T> {
    try {
      return await answer()
    } catch (cause) {
      throw new Failure('unavailable', `The directory \`${name}\` is not available now`, {
        hint: 'It does not answer as it should; try again',
        retryAfter,
        cause,
      })
    }
  }

  return {
    kind: 'ldap',
    async check(user, password) {
      // A bind with a name and no password is accepted as anonymous (RFC 4513, 5.1.2).
      if (password === '' || !isName(user)) return undefined
      return orDown(() => (userDn === undefined ? checkFound(user, password) : checkNamed(userDn, user, password)))
    },
    current: (subject) =>
      orDown(() =>
        service.use(async (connection) => {
          const how = await manner(connection)
          const filters: Filter[] = [subjectFilter(how.subject, subject), forAnyUser(how.userFilter)]
          return vouchFor(connection, { base, scope: 'sub', filter: new AndFilter({ filters }) }, how)
        }),
      ),
    close: () => service.close(),
  }
}

/**
 * False for what is longer than any name, has characters at which servers end or which they strip, or is written in one of the
 * many ways that directories take for the same name (RFC 4518): each would be another name to who counts failures.
 */
function isName(user: string): boolean {
  const plain = user.normalize('NFKC').trim().replace(/\s+/g, ' ')
  return user === plain && user !== '' && user.length <= 256 && !/[\p{Cc}\p{Cf}\p{Cs}\p{Cn}]/u.test(user)
}
