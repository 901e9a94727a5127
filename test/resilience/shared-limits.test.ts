import { randomBytes } from 'node:crypto'
import type { JsonObject } from '@gatehouse/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { OpenBackend } from '../backends/backend.js'
import { sqlite } from '../backends/sqlite.js'
import type { Reply } from '../harness/api.js'
import { type RunningGateway, startGateway } from '../harness/running-gateway.js'
import { there } from '../harness/there.js'
import { lineTo } from './line.js'

const redis = process.env.GATEHOUSE_TEST_REDIS
const why = process.env.GATEHOUSE_TEST_REDIS_SKIPPED ?? 'there is no Redis server'
const rate = 6

let database: OpenBackend
let gateways: RunningGateway[] = []
/** Counts of other runs must not be counted here. */
let role: string

beforeEach(async () => {
  database = there(await sqlite.open())
  role = `team_${randomBytes(4).toString('hex')}`
  await database.run(['CREATE TABLE notes (id INTEGER PRIMARY KEY)'])
})
afterEach(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()))
  gateways = []
  await database.close()
})

/** Two gateways with the same configuration. */
async function two(content: JsonObject): Promise<readonly [RunningGateway, RunningGateway]> {
  const whole = {
    services: { shop: database.service },
    roles: { [role]: { grants: [{ service: 'shop', resource: '*', verbs: ['read'] }] } },
    limits: [{ per: 'role', role, rate, period: 'hour' }],
    ...content,
  }
  const [first, second] = await Promise.all([startGateway(whole), startGateway(whole)])
  gateways = [first, second]
  return [first, second]
}

const call = (gateway: RunningGateway) => gateway.api(role).get('/shop/_table/notes')

function expectLimited(reply: Reply): void {
  expect(reply.status, reply.text).toBe(429)
  expect(reply.body.error.code).toBe('limited')
  const wait = Number(reply.headers.get('retry-after'))
  expect(wait).toBeGreaterThan(0)
  expect(wait).toBeLessThanOrEqual(3600)
}

it.skipIf(redis === undefined)(`gateways with one Redis share a limit (${redis ? 'Redis' : why})`, async () => {
  const [first, second] = await two({ redis: { url: redis ?? '' } })
  const remaining: number[] = []
  for (let i = 0; i < rate; i++) {
    const reply = await call(i % 2 === 0 ? first : second)
    expect(reply.status, reply.text).toBe(200)
    expect(reply.headers.get('ratelimit-limit')).toBe(String(rate))
    expect(Number(reply.headers.get('ratelimit-reset'))).toBeGreaterThan(0)
    remaining.push(Number(reply.headers.get('ratelimit-remaining')))
  }
  expect(remaining).toEqual([5, 4, 3, 2, 1, 0])
  expectLimited(await call(first))
  expectLimited(await call(second))
  // Others are not counted with them.
  expect((await first.api().get('/shop/_table/notes')).status).toBe(200)
})

it('gateways without Redis count for themselves', async () => {
  for (const gateway of await two({})) {
    const statuses = []
    for (let i = 0; i < rate; i++) statuses.push((await call(gateway)).status)
    expect(statuses).toEqual(Array(rate).fill(200))
    expectLimited(await call(gateway))
  }
})

it.skipIf(redis === undefined)(
  `calls go on, and are counted, while Redis is away (${redis ? 'Redis' : why})`,
  async () => {
    const line = await lineTo(redis ?? '')
    const [first, second] = await two({ redis: { url: line.url } })
    expect((await call(first)).status).toBe(200)
    expect((await call(second)).headers.get('ratelimit-remaining')).toBe('4')
    line.cut()
    for (const gateway of [first, second]) {
      let passed = 0
      let reply = await call(gateway)
      for (; reply.status === 200; reply = await call(gateway)) passed++
      expectLimited(reply)
      expect(passed).toBeGreaterThan(0)
      expect(passed).toBeLessThanOrEqual(rate)
    }
    await line.restore()
    const back = async () => (await call(first)).status
    await expect.poll(back, { timeout: 20_000 }).toBe(429)
    line.cut()
  },
)
