import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Connection, ConnectionPool, type ConnectionPoolSettings, type Fit } from './connection-pool.js'

type Wish = 'red' | 'blue'

class Session implements Connection {
  alive = true
  wish: Wish
  constructor(wish: Wish) {
    this.wish = wish
  }
  close(): void {
    this.alive = false
  }
}

/** A pool of sessions that are `elsewise` for the other wish, and all that it opened. */
function poolOf(max: number, elsewise: Fit, settings: Partial<ConnectionPoolSettings<Session, Wish>> = {}) {
  const opened: Session[] = []
  const pool = new ConnectionPool<Session, Wish>({
    to: 'database',
    max,
    idleMs: 0,
    waitMs: 60_000,
    open: async (wish) => {
      await turn()
      const session = new Session(wish)
      opened.push(session)
      return session
    },
    fit: (session, wish) => (session.wish === wish ? 'ready' : elsewise),
    ...settings,
  })
  return { pool, opened, alive: () => opened.filter(({ alive }) => alive) }
}

const never = new AbortController().signal

describe('a connection for another wish', () => {
  test('serves where it may and there is no room for a new one', async () => {
    const { pool, opened } = poolOf(2, 'costly')
    pool.release(await pool.acquire(never, 'red'))
    const blue = await pool.acquire(never, 'blue')
    expect(opened.map(({ wish }) => wish)).toEqual(['red', 'blue'])
    const other = await pool.acquire(never, 'blue')
    expect([opened.length, other === opened[0]]).toEqual([2, true])
    const waiting = pool.acquire(never, 'red')
    pool.release(blue)
    expect(await waiting).toBe(blue)
  })

  test('makes room for a new one where it may not serve', async () => {
    const { pool, opened, alive } = poolOf(1, 'never')
    pool.release(await pool.acquire(never, 'red'))
    const blue = await pool.acquire(never, 'blue')
    expect([blue.wish, opened[0]?.alive]).toEqual(['blue', false])
    const waiting = pool.acquire(never, 'red')
    pool.release(blue)
    expect((await waiting).wish).toBe('red')
    expect(alive()).toHaveLength(1)
  })
})

test('a full pool says what it leads to, and lets only so many wait', async () => {
  const { pool } = poolOf(1, 'never', { to: 'storage', waitMs: 20, waitersAtMost: 1 })
  await pool.acquire(never, 'red')
  const calls = await Promise.allSettled([pool.acquire(never, 'red'), pool.acquire(never, 'red')])
  for (const call of calls) {
    const message = 'All connections to the storage are in use'
    expect(call).toMatchObject({ status: 'rejected', reason: { code: 'unavailable', message, retryAfter: 1 } })
  }
})

test('what has rested too long is closed, and only that', async () => {
  const { pool, opened, alive } = poolOf(2, 'never', { idleMs: 30 })
  const [first, second] = [await pool.acquire(never, 'red'), await pool.acquire(never, 'red')]
  pool.release(first)
  await expect.poll(() => opened.map((session) => session.alive)).toEqual([false, true])
  pool.release(second)
  await expect.poll(alive).toEqual([])
})

/** What callers do, in any order: each acts on one of those that hold a connection, or comes anew. */
const step = fc.record({
  act: fc.constantFrom('come', 'come', 'leave', 'give', 'lose'),
  which: fc.nat(7),
  wish: fc.constantFrom<Wish>('red', 'blue'),
})

test.each<Fit>(['ready', 'costly', 'never'])(
  'whatever callers do, nobody shares, nobody is forgotten, there are never too many (%s)',
  async (elsewise) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 40 }), async (max, steps) => {
        const { pool, alive } = poolOf(max, elsewise)
        const held = new Set<Session>()
        const callers: AbortController[] = []
        let pending = 0
        const come = async (wish: Wish) => {
          const caller = new AbortController()
          callers.push(caller)
          pending++
          try {
            const session = await pool.acquire(caller.signal, wish)
            expect(held.has(session)).toBe(false)
            if (elsewise === 'never') expect(session.wish).toBe(wish)
            held.add(session)
          } catch (thrown) {
            expect(thrown).toMatchObject({ code: 'cancelled' })
          } finally {
            pending--
          }
        }
        const giveBack = (session: Session) => {
          held.delete(session)
          pool.release(session)
        }
        for (const { act, which, wish } of steps) {
          const session = [...held][which % Math.max(held.size, 1)]
          if (act === 'come') void come(wish)
          else if (act === 'leave') callers[which % Math.max(callers.length, 1)]?.abort()
          else if (session) {
            if (act === 'lose') session.close()
            giveBack(session)
          }
          if (which % 2 === 0) await turn()
          expect(alive().length).toBeLessThanOrEqual(max)
        }
        while (pending > 0) {
          for (const session of held) giveBack(session)
          await turn()
        }
        for (const session of held) giveBack(session)
        await pool.close()
        expect(alive()).toEqual([])
      }),
    )
  },
)
