import { Redis } from 'ioredis'

export interface RedisOptions {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://` with TLS. */
  readonly url: string
  /** Told once each time that Redis goes away and comes back. Gets no address and no password. */
  readonly log?: (message: string) => void
}

/**
 * A client that never makes a call wait: commands fail at once while Redis is away, and within half a second when it
 * does not answer. It connects again by itself, for as long as it takes.
 */
export function connectRedis({ url, log = () => {} }: RedisOptions): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    commandTimeout: 500,
    retryStrategy: (attempt) => Math.min(100 * 2 ** Math.min(attempt, 6), 5_000),
  })
  let away = false
  const lost = () => {
    if (!away) log('Redis is away: limits are counted by each process for itself until it is back')
    away = true
  }
  redis.on('error', lost)
  redis.on('close', lost)
  redis.on('ready', () => {
    if (away) log('Redis is back: limits are counted for all processes together')
    away = false
  })
  return redis
}
