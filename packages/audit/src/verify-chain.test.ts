import type { StoredEvent } from '@gatehouse/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chainHash, createChain } from './chain.js'
import { startEvent, stopEvent } from './own-events.js'
import { type VerifyOptions, verifyChain } from './verify-chain.js'

const key = Buffer.alloc(32, 7)

/** The events of one process, in batches of two. */
function process(name: string, calls: number, before: readonly StoredEvent[] = []): StoredEvent[] {
  const chain = createChain(name, key)
  const last = before.at(-1)
  const texts = [
    startEvent(last ? [last] : []),
    ...Array.from({ length: calls }, (_, i) => ({ operation: 'read', i })),
    stopEvent(),
  ].map((event) => JSON.stringify(event))
  const events: StoredEvent[] = []
  for (let i = 0; i < texts.length; i += 2) events.push(...chain.link(texts.slice(i, i + 2)))
  return events
}

async function* each(events: readonly StoredEvent[]) {
  yield* events
}
const verify = (events: readonly StoredEvent[], options: VerifyOptions = { sealKey: key }) =>
  verifyChain(each(events), options)

/** The same chain from `at` on, made anew with another text and matching hashes: all that can be done without the key. */
function rewritten(events: readonly StoredEvent[], at: number): StoredEvent[] {
  let previous = events[at]?.previous_hash ?? ''
  return events.map((event, i) => {
    if (i < at) return event
    const { seal, ...place } = event
    const changed = { ...place, previous_hash: previous, event: i === at ? '{"operation":"nothing"}' : event.event }
    previous = chainHash(changed)
    return { ...changed, hash: previous, ...(seal !== undefined && { seal }) }
  })
}

const one = process('a', 8)
const two = process('b', 6, one)
const both = [...one, ...two]

describe('verifyChain', () => {
  it('finds nothing wrong with what was not touched', async () => {
    const report = await verify(both)
    expect(report).toMatchObject({ ok: true, events: both.length, problems: [], open: [] })
    expect(report.heads.map(({ chain, seq }) => [chain, seq])).toEqual([
      ['a', 9],
      ['b', 7],
    ])
    expect(await verify([])).toMatchObject({ ok: true, events: 0 })
  })

  it('follows chains that are written at the same time', async () => {
    const mixed = [...one.slice(0, 5), ...process('c', 3, one.slice(0, 4)), ...one.slice(5)]
    expect(await verify(mixed)).toMatchObject({ ok: true, events: mixed.length })
  })

  it('takes an event that a repeated write left twice for one', async () => {
    expect(await verify([...one.slice(0, 4), ...one.slice(2)])).toMatchObject({ ok: true, events: one.length })
  })

  it('notices every change, removal and move anywhere', async () => {
    const place = fc.nat(both.length - 1)
    await fc.assert(
      fc.asyncProperty(place, place, fc.constantFrom('change', 'remove', 'move', 'rehash'), async (at, to, deed) => {
        const events = [...both]
        const [taken] = events.splice(at, 1)
        if (!taken) return
        // Without the end of the last chain nothing is missing that could be known.
        fc.pre(!(deed === 'remove' && at === both.length - 1))
        fc.pre(!(deed === 'move' && both[at]?.chain !== both[to]?.chain))
        if (deed === 'change') events.splice(at, 0, { ...taken, event: `${taken.event.slice(0, -1)} }` })
        if (deed === 'move') events.splice(to, 0, taken)
        if (deed === 'rehash') {
          const changed = { ...taken, event: '{"operation":"nothing"}' }
          events.splice(at, 0, { ...changed, hash: chainHash(changed) })
        }
        expect((await verify(events)).ok).toBe(deed === 'move' && at === to)
      }),
    )
  })

  it('names the first place that is wrong', async () => {
    const report = await verify(one.filter((event) => event.seq !== 3 && event.seq !== 4))
    expect(report.problems[0]).toMatchObject({ chain: 'a', seq: 5, kind: 'missing' })
    expect(report.problems[0]?.message).toContain('events 3 to 4 are missing')
  })

  it('notices that the end of a chain is gone, or all of it, by the start of the next', async () => {
    expect((await verify([...one.slice(0, -1), ...two])).problems[0]).toMatchObject({ chain: 'a', seq: 9, kind: 'cut' })
    expect((await verify(two)).problems[0]).toMatchObject({ chain: 'a', kind: 'cut' })
  })

  it('notices by a head noted elsewhere that the end of the last chain is gone', async () => {
    const { heads } = await verify(both)
    const cut = both.slice(0, -2)
    expect(await verify(cut)).toMatchObject({ ok: true, open: ['b'] })
    expect((await verify(cut, { heads })).problems[0]).toMatchObject({ chain: 'b', seq: 7, kind: 'cut' })
    expect(await verify(both, { heads })).toMatchObject({ ok: true })
  })

  it('notices by the seals that a chain was made anew', async () => {
    const anew = [...rewritten(one, 3)]
    expect(await verify(anew, {})).toMatchObject({ ok: true })
    expect((await verify(anew)).ok).toBe(false)
    const unsealed = anew.map(({ seal: _, ...event }) => event)
    expect((await verify(unsealed)).problems[0]).toMatchObject({ kind: 'unsealed' })
  })

  it('notices by the start of the next that the chain before it was made anew', async () => {
    const report = await verify([...rewritten(one, 3), ...two], {})
    expect(report.problems[0]).toMatchObject({ chain: 'a', seq: 9, kind: 'changed' })
  })

  it('notices a column that says something else than the event', async () => {
    const events = one.map((event) => ({ ...event, columns: { operation: JSON.parse(event.event).operation } }))
    expect((await verify(events)).ok).toBe(true)
    const changed = events.map((event) => (event.seq === 4 ? { ...event, columns: { operation: 'write' } } : event))
    expect((await verify(changed)).problems).toEqual([
      { chain: 'a', seq: 4, kind: 'changed', message: 'Event 4 of a has a changed column: operation' },
    ])
  })

  it('begins in the middle only where that is allowed', async () => {
    const rest = both.slice(4)
    expect((await verify(rest)).problems[0]).toMatchObject({ chain: 'a', seq: 4, kind: 'missing' })
    expect(await verify(rest, { sealKey: key, partial: true })).toMatchObject({ ok: true })
  })
})
