import { Failure, isJsonObject, type JsonValue } from '@gatehouse/core'
import type { Claims } from '../../claims.js'
import { readBounded } from '../read-bounded.js'

/**
 * Entra ID leaves groups out of a token that would be too long (over 200), and names a place to ask instead. True where
 * that has happened to a claim that is wanted.
 */
export function leftOut(claims: Claims, wanted: readonly string[]): boolean {
  if (!wanted.includes('groups') || Object.hasOwn(claims, 'groups')) return false
  if (claims.hasgroups === true || claims.hasgroups === 'true') return true
  return isJsonObject(claims._claim_names) && Object.hasOwn(claims._claim_names, 'groups')
}

/** Pages of 999; a person in more groups than this has a directory that is broken. */
const mostPages = 50
/** Of one page: ids of 999 groups are a tenth of it. */
const mostBytes = 2 * 1024 * 1024
const timeoutMs = 10_000

/**
 * The ids of all groups of who holds the token, nested ones too. `graph` is ours to say: the place that a token names
 * is never asked, nor is a next page anywhere else, since the access token would go there.
 */
export async function groupsOf(graph: string, accessToken: string): Promise<readonly string[]> {
  const { origin } = new URL(graph)
  const groups: string[] = []
  let next: string | undefined = `${graph}/me/transitiveMemberOf?$select=id&$top=999`
  for (let page = 0; next !== undefined; page++) {
    if (page >= mostPages || new URL(next).origin !== origin) throw unreadable('Its pages lead elsewhere, or never end')
    const answer = await pageOf(next, accessToken)
    for (const entry of Array.isArray(answer.value) ? answer.value : []) {
      if (!isJsonObject(entry) || typeof entry.id !== 'string') continue
      const type = entry['@odata.type']
      if (type === undefined || type === '#microsoft.graph.group') groups.push(entry.id)
    }
    const link: JsonValue | undefined = answer['@odata.nextLink']
    next = typeof link === 'string' ? link : undefined
  }
  return groups
}

async function pageOf(url: string, accessToken: string) {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (!response.ok) throw new Error(`Microsoft Graph answered ${response.status}`)
    const body: unknown = JSON.parse(await readBounded(response, mostBytes))
    if (!isJsonObject(body)) throw new Error('Microsoft Graph answered no object')
    return body
  } catch (cause) {
    throw unreadable(cause)
  }
}

/** Somebody whose groups are not known is not let in with fewer roles, and not with more. */
function unreadable(cause: unknown): Failure {
  return new Failure('unavailable', 'The groups of this person cannot be read now', { retryAfter: 5, cause })
}
