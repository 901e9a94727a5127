import { Failure, type Limiter, type LimitState, type Principal, type Use } from '@gatehouse/core'
import type { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { BoundedMap } from './bounded-map.js'
import { bucketsOf, describeLimit } from './limit-buckets.js'
import { type LimitConfig, periodSeconds } from './limits-config.js'
import { defaultTenant } from './principal-id.js'
import { connectRedis, type RedisOptions } from './redis.js'

/** A limit with its counts. */
interface Counter {
  readonly limit: LimitConfig
  readonly counts: RateLimiterMemory | RateLimiterRedis
  /** Names of counts in use: callers can make up tables, and must not fill the memory with their counts. */
  readonly names: Set<string>
}

interface Applying {
  readonly counter: Counter
  readonly name: string
  readonly perPrincipal: boolean
}

const remembered = 20_000
const mostNames = 100_000
const nothing: readonly Applying[] = []

/**
 * Counts calls in fixed windows. All limits that apply to a use are counted, the shortest period first; the first
 * that is used up refuses the call, and those behind it are not counted, so that a burst does not eat up the day.
 *
 * With Redis the counts are shared by all processes. While Redis is away each process counts for itself in memory, so
 * that N processes let up to N times the rate through: calls go on, and `redis.log` is told.
 *
 * A use that no limit applies to is answered at once, without a promise.
 */
export function createLimiter(
  limits: readonly LimitConfig[],
  { redis: redisOptions, tenant = defaultTenant }: { redis?: RedisOptions; tenant?: string } = {},
): Limiter & { close(): Promise<void> } {
  const redis = redisOptions && limits.length > 0 ? connectRedis(redisOptions) : undefined
  const counters = limits
    .map((limit, i) => counterOf(limit, i, tenant, redis))
    .sort((a, b) => periodSeconds[a.limit.period] - periodSeconds[b.limit.period])
  const applying = new BoundedMap<string, readonly Applying[]>(remembered)
  // Most calls are like the caller's call before: to find what applies to those takes no key.
  const recent = new WeakMap<Principal, { readonly use: Use; readonly found: readonly Applying[] }>()

  const resolve = (use: Use): readonly Applying[] => {
    const found = counters.flatMap((counter) =>
      bucketsOf(counter.limit, use).map(({ name, perPrincipal }) => ({ counter, name, perPrincipal })),
    )
    return found.length === 0 ? nothing : found
  }

  const appliedTo = (use: Use): readonly Applying[] => {
    const { scope, kind } = use.principal
    const question = `${scope}\n${kind}\n${use.service}\n${use.operation}\n${use.resource}`
    const known = applying.get(question)
    if (known) return known
    const found = resolve(use)
    applying.set(question, found)
    return found
  }

  return {
    consume(use) {
      if (counters.length === 0) return undefined
      const { principal } = use
      const last = recent.get(principal)
      let found = last && isAlike(last.use, use) ? last.found : undefined
      if (!found) {
        found = appliedTo(use)
        recent.set(principal, { use, found })
      }
      return found === nothing ? undefined : count(found, principal.id)
    },
    async close() {
      redis?.disconnect()
    },
  }
}

/** Of one principal. */
function isAlike(a: Use, b: Use): boolean {
  return a.resource === b.resource && a.operation === b.operation && a.service === b.service
}

function counterOf(limit: LimitConfig, position: number, tenant: string, redis: Redis | undefined): Counter {
  const options = { points: limit.rate, duration: periodSeconds[limit.period] }
  const memory = new RateLimiterMemory(options)
  if (!redis) return { limit, counts: memory, names: new Set() }
  const { per, role, service, resource, operation, rate, period } = limit
  const words = [tenant, position, per, role, service, resource, operation, rate, period]
  const counts = new RateLimiterRedis({
    ...options,
    storeClient: redis,
    // Replicas with the same configuration share counts; a changed limit starts anew.
    keyPrefix: `gatehouse:limit:${words.map((word) => encodeURIComponent(word ?? '')).join(':')}`,
    rejectIfRedisNotReady: true,
    // A caller over its limit is refused here until the window ends, without asking Redis again.
    inMemoryBlockOnConsumed: limit.rate,
    insuranceLimiter: memory,
  })
  return { limit, counts, names: new Set() }
}

function count(applying: readonly Applying[], principal: string): Promise<LimitState | undefined> {
  const [only, ...more] = applying
  return only && more.length === 0 ? countOne(only, principal) : countAll(applying, principal)
}

async function countAll(applying: readonly Applying[], principal: string): Promise<LimitState | undefined> {
  let tightest: LimitState | undefined
  for (const one of applying) {
    const state = await countOne(one, principal)
    if (!tightest || state.remaining < tightest.remaining) tightest = state
  }
  return tightest
}

/** Beyond the bound, names share one count: strict rather than unlimited. */
function countName({ names }: Counter, name: string): string {
  if (names.has(name)) return name
  if (names.size >= mostNames) return '(others)'
  names.add(name)
  return name
}

async function countOne({ counter, name, perPrincipal }: Applying, principal: string): Promise<LimitState> {
  const { limit, counts } = counter
  try {
    const { remainingPoints, msBeforeNext } = await counts.consume(countName(counter, perPrincipal ? principal : name))
    return { limit: limit.rate, remaining: remainingPoints, reset: wholeSeconds(msBeforeNext) }
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused
    const retryAfter = wholeSeconds(refused.msBeforeNext)
    throw new Failure('limited', `The limit of ${describeLimit(limit)} is used up`, {
      hint: `Try again in ${retryAfter} ${retryAfter === 1 ? 'second' : 'seconds'}`,
      context: { limit: limit.rate, remaining: 0, reset: retryAfter },
      retryAfter,
    })
  }
}

function wholeSeconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1_000))
}
