import type { ChainHead, StoredEvent } from '@gatehouse/core'
import { ChainCheck, type Problem } from './chain-check.js'
import { headsOf, isStop } from './own-events.js'
import { changedColumns } from './stored-columns.js'

export interface VerifyReport {
  readonly ok: boolean
  readonly events: number
  /** The first problems found, at most 100; `problemCount` counts all. */
  readonly problems: readonly Problem[]
  readonly problemCount: number
  /** The last event of each chain. Whoever keeps these elsewhere can have them checked later, by `heads`. */
  readonly heads: readonly ChainHead[]
  /** Chains without a closing event: their process runs still, or it crashed, or the end was cut off. */
  readonly open: readonly string[]
}

export interface VerifyOptions {
  /** With it, seals are checked too: what was made anew without the key is noticed. */
  readonly sealKey?: Uint8Array
  /** Ends that were noted earlier, elsewhere: they must still be there. */
  readonly heads?: readonly ChainHead[]
  /** The events begin in the middle (a file that was rotated): what is before them is not missed. */
  readonly partial?: boolean
}

/**
 * Reads events in the order in which they were written and tells whether any was changed, removed or moved.
 *
 * Each chain proves its own events from its first to its last. The start event of the next process holds on to the
 * ends of the chains before it. What remains: the end of the chains that nothing holds on to yet can be cut off, unless
 * `heads` were noted elsewhere; and without a seal key, whoever may write to the store can compute a chain anew.
 */
export async function verifyChain(
  stored: AsyncIterable<StoredEvent>,
  { sealKey, heads = [], partial = false }: VerifyOptions = {},
): Promise<VerifyReport> {
  const chains = new Map<string, ChainCheck>()
  const noted = new Map(heads.map((head) => [`${head.chain} ${head.seq}`, head]))
  const problems: Problem[] = []
  let problemCount = 0
  let events = 0
  const report = (found: Iterable<Problem>) => {
    for (const problem of found) if (++problemCount <= 100) problems.push(problem)
  }
  const checkOf = (chain: string) => {
    const check = chains.get(chain) ?? new ChainCheck(chain, { partial, sealKey })
    chains.set(chain, check)
    return check
  }

  for await (const event of stored) {
    const check = checkOf(event.chain)
    if (check.repeats(event)) continue
    events++
    report(check.see(event))
    const members = parsed(event.event)
    check.closed = isStop(members)
    report(changedColumns(event, members))
    const key = `${event.chain} ${event.seq}`
    const note = noted.get(key)
    if (note) report(check.holds(note, 'a note'))
    noted.delete(key)
    for (const head of (event.seq === 0 && headsOf(members)) || []) {
      if (chains.has(head.chain) || !partial) report(checkOf(head.chain).holds(head, `the start of ${event.chain}`))
    }
  }
  for (const head of noted.values()) report(checkOf(head.chain).holds(head, 'a note'))
  for (const check of chains.values()) report(check.end())

  const seen = [...chains.values()]
  return {
    ok: problemCount === 0,
    events,
    problems,
    problemCount,
    heads: seen.flatMap(({ last }) => (last ? [{ chain: last.chain, seq: last.seq, hash: last.hash }] : [])),
    open: seen.filter(({ closed, last }) => last && !closed).map(({ chain }) => chain),
  }
}

/** A text that is no longer an object has no members; its hash tells that it was changed. */
function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
