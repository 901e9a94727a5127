import { Failure, type LimitState, type Principal, type Use } from '@gatehouse/core'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { createLimiter } from './limiter.js'
import type { LimitConfig } from './limits-config.js'

const principal = (name: string, roles: string[] = ['analyst'], kind: Principal['kind'] = 'key'): Principal => ({
  id: `${kind}:${name}`,
  kind,
  name,
  roles,
  attributes: {},
  tenant: 'default',
  scope: JSON.stringify(roles),
})
const use = (who: Principal, change: Partial<Use> = {}): Use => ({
  principal: who,
  service: 'sales',
  operation: 'get_table_data',
  resource: '_table/customers',
  ...change,
})
const demo = principal('demo')
const other = principal('other')

/** The states of as many calls, and the failure of the first that was refused. */
async function callUntilRefused(
  limiter: { consume(use: Use): LimitState | undefined | Promise<LimitState | undefined> },
  by: Use,
  most = 20,
): Promise<{ states: (LimitState | undefined)[]; refused?: Failure }> {
  const states: (LimitState | undefined)[] = []
  for (let i = 0; i < most; i++) {
    try {
      states.push(await limiter.consume(by))
    } catch (thrown) {
      if (thrown instanceof Failure) return { states, refused: thrown }
      throw thrown
    }
  }
  return { states }
}

describe('limiter in memory', () => {
  it('answers at once where nothing applies', () => {
    expect(createLimiter([]).consume(use(demo))).toBeUndefined()
    const limits: LimitConfig[] = [{ per: 'role', role: 'admin', rate: 1, period: 'day' }]
    expect(createLimiter(limits).consume(use(demo))).toBeUndefined()
  })

  it('lets the rate through and refuses the next with the time to wait', async () => {
    const { states, refused } = await callUntilRefused(
      createLimiter([{ per: 'key', rate: 3, period: 'minute' }]),
      use(demo),
    )
    expect(states.map((state) => state?.remaining)).toEqual([2, 1, 0])
    expect(states[0]).toMatchObject({ limit: 3, reset: 60 })
    expect(refused).toMatchObject({ code: 'limited', message: 'The limit of 3 calls a minute for each key is used up' })
    expect(refused?.retryAfter).toBeGreaterThanOrEqual(1)
    expect(refused?.retryAfter).toBeLessThanOrEqual(60)
  })

  it('reports the tightest of those that apply', async () => {
    const limiter = createLimiter([
      { per: 'instance', rate: 100, period: 'second' },
      { per: 'role', role: 'analyst', service: 'sales', resource: '_table/customers', rate: 2, period: 'hour' },
      { per: 'key', rate: 50, period: 'minute' },
    ])
    const { states, refused } = await callUntilRefused(limiter, use(demo))
    expect(states.map((state) => [state?.limit, state?.remaining])).toEqual([
      [2, 1],
      [2, 0],
    ])
    expect(refused?.message).toBe(
      'The limit of 2 calls an hour for the role analyst on sales _table/customers is used up',
    )
    expect(await limiter.consume(use(demo, { resource: '_table/orders' }))).toMatchObject({ limit: 50 })
  })

  it('does not count a refused call under the longer limits', async () => {
    const limiter = createLimiter([
      { per: 'key', rate: 10, period: 'day' },
      { per: 'key', operation: 'get_table_data', rate: 1, period: 'hour' },
    ])
    for (let i = 0; i < 5; i++) await callUntilRefused(limiter, use(demo), 1)
    const { states } = await callUntilRefused(limiter, use(demo, { operation: 'get_tables' }))
    expect(states.map((state) => state?.remaining)).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0])
  })

  it.each<{ limit: LimitConfig; shared: Use; apart: Use }>([
    {
      limit: { per: 'instance', rate: 1, period: 'hour' },
      shared: use(other, { service: 'hr' }),
      apart: use(demo),
    },
    {
      limit: { per: 'principal', rate: 1, period: 'hour' },
      shared: use(demo, { service: 'hr' }),
      apart: use(other),
    },
    { limit: { per: 'key', rate: 1, period: 'hour' }, shared: use(demo), apart: use(principal('demo', [], 'user')) },
    {
      limit: { per: 'role', rate: 1, period: 'hour' },
      shared: use(principal('x', ['analyst', 'b'])),
      apart: use(principal('x', ['b'])),
    },
    { limit: { per: 'service', rate: 1, period: 'hour' }, shared: use(other), apart: use(demo, { service: 'hr' }) },
    {
      limit: { per: 'table', rate: 1, period: 'hour' },
      shared: use(other),
      apart: use(demo, { resource: '_table/orders' }),
    },
    {
      limit: { per: 'operation', rate: 1, period: 'hour' },
      shared: use(other, { resource: '_table/orders' }),
      apart: use(demo, { operation: 'delete_records' }),
    },
  ])('counts per $limit.per', async ({ limit, shared, apart }) => {
    const limiter = createLimiter([limit])
    await limiter.consume(use(demo))
    expect((await callUntilRefused(limiter, shared, 1)).refused?.code).toBe('limited')
    const isInstance = limit.per === 'instance'
    expect((await callUntilRefused(limiter, apart, 1)).refused?.code).toBe(isInstance ? 'limited' : undefined)
  })
})

const redisUrl = process.env.GATEHOUSE_TEST_REDIS ?? process.env.TEST_REDIS_URL

describe('limiter with Redis', () => {
  const open: { close(): Promise<void> }[] = []
  const shared = (limit: LimitConfig, url: string) => {
    const limiter = createLimiter([limit], { redis: { url } })
    open.push(limiter)
    return limiter
  }
  afterEach(async () => {
    await Promise.all(open.splice(0).map((limiter) => limiter.close()))
  })

  it('shares counts among processes', async ({ skip }) => {
    if (redisUrl === undefined) return skip(process.env.GATEHOUSE_TEST_REDIS_SKIPPED ?? 'TEST_REDIS_URL is not set')
    const limit: LimitConfig = { per: 'key', service: `s${process.pid}${Date.now()}`, rate: 3, period: 'hour' }
    const by = use(demo, { service: limit.service ?? '' })
    const [one, two] = [shared(limit, redisUrl), shared(limit, redisUrl)]
    const probe = new Redis(redisUrl)
    await probe.ping()
    probe.disconnect()
    await new Promise((resolve) => setTimeout(resolve, 100))
    await one.consume(by)
    await two.consume(by)
    expect(await one.consume(by)).toMatchObject({ limit: 3, remaining: 0 })
    expect((await callUntilRefused(two, by, 1)).refused?.retryAfter).toBeGreaterThan(3_000)
  })
})

describe('limiter without its Redis', () => {
  it('counts in memory, and says so once', async () => {
    const told: string[] = []
    const limiter = createLimiter([{ per: 'key', rate: 2, period: 'hour' }], {
      redis: { url: 'redis://user:secret@127.0.0.1:1', log: (message) => told.push(message) },
    })
    await expect.poll(() => told.length).toBe(1)
    const { states, refused } = await callUntilRefused(limiter, use(demo))
    await limiter.close()
    expect(states.map((state) => state?.remaining)).toEqual([1, 0])
    expect(refused?.code).toBe('limited')
    expect(told).toHaveLength(1)
    expect(told[0]).not.toMatch(/secret|127\.0\.0\.1/)
  })
})
