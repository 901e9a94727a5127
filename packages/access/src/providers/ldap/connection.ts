import { Client, type Filter, PresenceFilter, ResultCodeError, type SearchResult } from 'ldapts'
import { isBelow } from './distinguished-name.js'
import { binaryAttributes, type Entry, readEntry } from './entry.js'
import { openSocket, type Target, type Way } from './open-socket.js'
import { factAttributes, factsOf, type ServerFacts } from './server-facts.js'

export interface Search {
  readonly base: string
  readonly scope: 'base' | 'sub'
  readonly filter: Filter
  readonly attributes: readonly string[]
  /** More are not asked for, and no error. Absent: all, and an error where that is too many. */
  readonly first?: number
}

/** One connection to a directory. Everything throws what the server or the network said, which is not to be shown. */
export interface LdapConnection {
  /** False once the connection is lost: nothing on it will work again. */
  alive(): boolean
  facts(): Promise<ServerFacts>
  /** False where the server does not accept this name with this password. */
  bind(dn: string, password: string): Promise<boolean>
  /** Entries below the base and no others, whatever the server answers. Referrals and aliases lead nowhere. */
  search(search: Search): Promise<readonly Entry[]>
  close(): void
}

/** Every entry has a class. */
export const anyEntry: Filter = new PresenceFilter({ attribute: 'objectClass' })

/**
 * What the server understood, and says no to (RFC 4511, appendix A): constraintViolation, noSuchObject, invalidDNSyntax,
 * inappropriateAuthentication, invalidCredentials, insufficientAccessRights, unwillingToPerform.
 */
const refusals: readonly number[] = [19, 32, 34, 48, 49, 50, 53]
const noSuchObject = 32

/** What one answer may hold, so that no server fills the memory. */
const maxBytes = 32 << 20
const maxEntries = 2_000
const pageSize = 500

/** `lost` is called when the connection ends, perhaps twice, unless it was closed here. */
export async function openConnection(target: Target, way: Way, lost: () => void): Promise<LdapConnection> {
  const socket = await openSocket(target, way)
  socket.once('close', lost)
  let received = 0
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length
    if (received > maxBytes) socket.destroy(new Error('The answer is too large'))
  })
  const timeout = way.timeoutMs
  // The URL is never used: the connection is there.
  const client = new Client({ url: 'ldap://opened', timeout, connectTimeout: timeout, createConnection: () => socket })

  async function ask<T>(question: () => Promise<T>): Promise<T> {
    if (socket.destroyed) throw new Error('The connection is closed')
    received = 0
    try {
      return await question()
    } catch (error) {
      // What comes next on this connection is to be relied on after an answer of the server only.
      if (error instanceof ResultCodeError) throw error
      lost()
      socket.destroy()
      throw error
    }
  }

  async function* results({ base, scope, filter, attributes, first }: Search): AsyncIterable<SearchResult> {
    const options = {
      scope,
      filter,
      attributes: [...attributes],
      explicitBufferAttributes: [...binaryAttributes],
      derefAliases: 'never' as const,
      timeLimit: Math.ceil(timeout / 1000),
    }
    if (first !== undefined) yield client.search(base, { ...options, sizeLimit: first })
    else if (scope === 'sub' && (await facts()).pages)
      yield* client.searchPaginated(base, { ...options, paged: { pageSize } })
    else yield client.search(base, options)
  }

  const search = (question: Search): Promise<readonly Entry[]> =>
    ask(async () => {
      const entries: Entry[] = []
      for await (const { searchEntries } of results(question)) {
        entries.push(...searchEntries.map(readEntry).filter(({ dn }) => isBelow(dn, question.base)))
        if (entries.length > maxEntries) throw new Error(`The server answers more than ${maxEntries} entries`)
      }
      return entries
    }).catch((error: unknown) => {
      if (error instanceof ResultCodeError && error.code === noSuchObject) return []
      throw error
    })

  let known: Promise<ServerFacts> | undefined
  /** A server that tells nothing of itself is taken for one without anything particular. */
  async function readFacts(): Promise<ServerFacts> {
    const question = { scope: 'base' as const, filter: anyEntry, attributes: [...factAttributes] }
    const found = await ask(() => client.search('', question)).catch((error: unknown) => {
      if (error instanceof ResultCodeError) return { searchEntries: [] }
      throw error
    })
    return factsOf(found.searchEntries.map(readEntry)[0])
  }
  const facts = () => {
    known ??= readFacts()
    return known
  }

  return {
    alive: () => !socket.destroyed,
    facts,
    search,
    bind: (dn, password) =>
      ask(() => client.bind(dn, password)).then(
        () => true,
        (error: unknown) => {
          if (error instanceof ResultCodeError && refusals.includes(error.code)) return false
          throw error
        },
      ),
    close() {
      socket.off('close', lost)
      const close = () => socket.destroy()
      void client.unbind().then(close, close)
    },
  }
}
