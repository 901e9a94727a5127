import { describe, expect, it } from 'vitest'
import { mariadb } from '../backends/mariadb.js'
import { postgres } from '../backends/postgres.js'
import { sqlite } from '../backends/sqlite.js'
import type { RunningGateway } from '../harness/running-gateway.js'
import { openPlace, type Place } from './places.js'

const redis = process.env.GATEHOUSE_TEST_REDIS

const cases = [
  // `within`: milliseconds until one gateway knows what has changed on the other.
  { name: 'PostgreSQL and Redis', backend: postgres, hasRedis: true, within: 1000 },
  { name: 'PostgreSQL', backend: postgres, hasRedis: false, within: 5000 },
  { name: 'MariaDB', backend: mariadb, hasRedis: false, within: 5000 },
  { name: 'SQLite', backend: sqlite, hasRedis: false, within: 5000 },
]

/** Two gateways on one store. */
export interface Replicas {
  readonly one: RunningGateway
  readonly two: RunningGateway
  readonly place: Place
  /** They tell each other by Redis, and count limits there. */
  readonly hasRedis: boolean
  /** Expects something of what is asked again and again, until one knows what has changed on the other. */
  eventually(ask: () => Promise<unknown>): ReturnType<typeof expect.poll>
}

/** A test on each kind of store. */
export function onTwoGateways(what: string, body: (replicas: Replicas) => Promise<void>): void {
  describe.each(cases)('two gateways on one store ($name)', ({ backend, hasRedis, within }) => {
    it(what, async ({ skip }) => {
      if (hasRedis && redis === undefined) skip(process.env.GATEHOUSE_TEST_REDIS_SKIPPED ?? 'there is no Redis server')
      const place = await openPlace(backend)
      if ('skipped' in place) return skip(`${backend.name}: ${place.skipped}`)
      const more = hasRedis ? { redis: { url: redis ?? '' } } : {}
      try {
        const [one, two] = [await place.start(more), await place.start(more)]
        const eventually: Replicas['eventually'] = (ask) => expect.poll(ask, { timeout: within, interval: 20 })
        await body({ one, two, place, hasRedis, eventually })
      } finally {
        await place.close()
      }
    })
  })
}
