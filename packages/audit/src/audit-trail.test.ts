import type { AuditSink, ChainedEvent, ChainHead } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { type AuditTrailOptions, createAuditTrail } from './audit-trail.js'
import { event } from './testing/event.js'
import { verifyChain } from './verify-chain.js'

/** A sink that is away while `away` is set. What it got is kept as a store would keep it: each event once. */
class Shelf implements AuditSink {
  readonly name = 'shelf'
  readonly events: ChainedEvent[] = []
  away = false
  /** Appends that fail before one works. */
  failures = 0
  appends = 0
  earlier: readonly ChainHead[] = []
  async append(events: readonly ChainedEvent[]): Promise<void> {
    this.appends++
    await new Promise((resolve) => setImmediate(resolve))
    if (this.away || this.failures-- > 0) throw new Error('away')
    this.events.push(...events)
  }
  async heads(): Promise<readonly ChainHead[]> {
    return this.earlier
  }
  members(): Record<string, unknown>[] {
    return this.events.map((stored) => JSON.parse(stored.event))
  }
  calls(): unknown[] {
    return this.members()
      .filter((member) => member.service !== 'system')
      .map((member) => member.request_id)
  }
}

const trailTo = (sinks: readonly AuditSink[], change: Partial<AuditTrailOptions> = {}) =>
  createAuditTrail({ sinks, mode: 'strict', flushMs: 10, redact: ['ssn'], ...change })

async function* each(events: readonly ChainedEvent[]) {
  yield* events
}

describe('audit trail', () => {
  it('writes strict events before it answers, many as one group', async () => {
    const shelf = new Shelf()
    const trail = trailTo([shelf])
    await trail.flush()
    const before = shelf.appends
    await Promise.all(Array.from({ length: 50 }, (_, i) => trail.record(event({ request_id: `r${i}` }))))
    expect(shelf.calls()).toEqual(Array.from({ length: 50 }, (_, i) => `r${i}`))
    expect(shelf.appends).toBe(before + 1)
    await trail.close()
    expect(await verifyChain(each(shelf.events))).toMatchObject({ ok: true, events: 52, open: [] })
  })

  it.each(['strict', 'buffered'] as const)(
    'keeps large %s arguments as they were when they were recorded',
    async (mode) => {
      const shelf = new Shelf()
      const trail = trailTo([shelf], { mode })
      const long = { list: Array.from({ length: 60 }, (_, i) => i), text: 'a'.repeat(300), ssn: '123-45-6789' }
      trail.record(event({ arguments: long }))
      long.list.length = 0
      trail.record(event({ arguments: { few: [1, null, { ssn: 'x' }] } }))
      await trail.flush()
      expect(shelf.members().filter(({ service }) => service !== 'system')).toMatchObject([
        { arguments: { list: [...Array.from({ length: 20 }, (_, i) => i), '... 40 more'], ssn: '[redacted]' } },
        { arguments: { few: [1, null, { ssn: '[redacted]' }] } },
      ])
      await trail.close()
    },
  )

  it('goes on after an event that cannot be written as text, and says that it is lost', async () => {
    const shelf = new Shelf()
    const told: string[] = []
    const trail = trailTo([shelf], { mode: 'buffered', log: (message) => told.push(message) })
    trail.record(event({ request_id: 'r1' }))
    const unreadable = {
      get a(): string {
        throw new Error('unreadable')
      },
    }
    expect(() => trail.record(event({ arguments: unreadable }))).toThrow('unreadable')
    let reads = 0
    const later = {
      get a(): string {
        if (reads++ > 0) throw new Error('unreadable')
        return 'a'
      },
    }
    trail.record(event({ arguments: later }))
    trail.record(event({ request_id: 'r3' }))
    await trail.close()
    expect(shelf.calls()).toEqual(['r1', 'r3'])
    expect(told.filter((message) => message.includes('as text'))).toHaveLength(1)
    expect(shelf.members().some(({ operation }) => operation === 'lose_audit_events')).toBe(true)
  })

  it('does not wait for buffered events, and writes them in time', async () => {
    const shelf = new Shelf()
    const trail = trailTo([shelf], { mode: 'buffered' })
    expect(trail.record(event())).toBeUndefined()
    await expect.poll(() => shelf.calls()).toEqual(['r1'])
    trail.record(event({ request_id: 'r2' }))
    await trail.flush()
    expect(shelf.calls()).toEqual(['r1', 'r2'])
    await trail.close()
  })

  it('redacts and cuts what it writes', async () => {
    const shelf = new Shelf()
    const trail = trailTo([shelf])
    await trail.record(
      event({
        arguments: { ssn: '123-45-6789', filter: "ssn = '99-99'", text: 'a\0b\ud800c\\u0000' },
        reason: 'invalid: `99-99` is no number',
        resource: 'x'.repeat(3_000),
      }),
    )
    await trail.close()
    const [, written] = shelf.members()
    expect(written?.arguments).toEqual({
      ssn: '[redacted]',
      filter: "ssn = '[redacted]'",
      text: 'a\ufffdb\ufffdc\\u0000',
    })
    expect(written?.reason).toBe('invalid: `[redacted]` is no number')
    expect(String(written?.resource)).toHaveLength(1_024)
    expect(shelf.events.map(({ event: text }) => text).join()).not.toMatch(/123-45|99-99/)
  })

  it('says that it is not writable, keeps the events, and writes them when it can', async () => {
    const shelf = new Shelf()
    const told: string[] = []
    const trail = trailTo([shelf], { log: (message) => told.push(message) })
    await trail.flush()
    expect(trail.writable).toBe(true)
    shelf.away = true
    await expect(trail.record(event())).rejects.toMatchObject({ code: 'unavailable' })
    expect(trail.writable).toBe(false)
    shelf.away = false
    await expect.poll(() => trail.writable).toBe(true)
    await trail.record(event({ request_id: 'r2' }))
    await trail.close()
    expect(shelf.calls()).toEqual(['r1', 'r2'])
    expect(told).toHaveLength(2)
    expect((await verifyChain(each(shelf.events))).ok).toBe(true)
  })

  it('does not fail a call for a sink that fails once', async () => {
    const shelf = new Shelf()
    const trail = trailTo([shelf])
    await trail.flush()
    shelf.failures = 1
    await trail.record(event())
    expect(trail.writable).toBe(true)
    await trail.close()
    expect(shelf.calls()).toEqual(['r1'])
  })

  it('repeats a group only for the sink that failed', async () => {
    const [sound, faulty] = [new Shelf(), new Shelf()]
    const trail = trailTo([sound, faulty], { mode: 'buffered' })
    await trail.flush()
    faulty.away = true
    trail.record(event())
    await expect.poll(() => trail.writable).toBe(false)
    faulty.away = false
    await trail.close()
    expect(sound.calls()).toEqual(['r1'])
    expect(faulty.events).toEqual(sound.events)
  })

  it('writes down how many events were lost when the buffer was full', async () => {
    const shelf = new Shelf()
    const trail = trailTo([shelf], { mode: 'buffered', mostWaiting: 10 })
    await trail.flush()
    shelf.away = true
    trail.record(event({ request_id: 'first' }))
    await expect.poll(() => trail.writable).toBe(false)
    for (let i = 0; i < 25; i++) trail.record(event({ request_id: `r${i}` }))
    shelf.away = false
    await trail.close()
    const loss = shelf.members().find((member) => member.operation === 'lose_audit_events')
    expect(loss?.arguments).toEqual({ count: 15 })
    expect(shelf.calls()).toEqual(['first', ...Array.from({ length: 10 }, (_, i) => `r${i}`)])
    expect((await verifyChain(each(shelf.events))).ok).toBe(true)
  })

  it('makes callers wait rather than lose events to a sink that is only slow', async () => {
    const shelf = new Shelf()
    const trail = trailTo([shelf], { mode: 'buffered', mostWaiting: 10, flushMs: 1_000 })
    const answers = Array.from({ length: 12 }, (_, i) => trail.record(event({ request_id: `r${i}` })))
    expect(answers[0]).toBeUndefined()
    expect(answers[10]).toBeInstanceOf(Promise)
    await trail.close()
    await Promise.all(answers)
    expect(shelf.calls()).toHaveLength(12)
  })

  it('holds on to the ends of the chains before it', async () => {
    const shelf = new Shelf()
    const first = trailTo([shelf])
    await first.record(event())
    await first.close()
    const last = shelf.events.at(-1)
    // As many as a store tells.
    const others = Array.from({ length: 31 }, (_, i) => ({
      chain: `20260101T000000000Z-${i}`,
      seq: 0,
      hash: 'ab'.repeat(32),
    }))
    shelf.earlier = last ? [...others, last] : []
    await trailTo([shelf]).close()
    expect((await verifyChain(each(shelf.events), { partial: true })).problems).toEqual([])
    const cut = shelf.events.filter((stored) => stored !== last)
    expect((await verifyChain(each(cut), { partial: true })).problems).toMatchObject([
      { kind: 'cut', chain: first.chain },
    ])
  })

  it('gives up at the end when nothing can be written', async () => {
    const shelf = new Shelf()
    shelf.away = true
    const told: string[] = []
    const trail = trailTo([shelf], { mode: 'buffered', log: (message) => told.push(message) })
    trail.record(event())
    await trail.close()
    expect(told.at(-1)).toMatch(/lost/)
    expect(trail.record(event())).toBeUndefined()
  })
})
