import type { Changes, ChangeTopic } from '@gatehouse/core'
import type { Redis } from 'ioredis'
import { connectRedis, type RedisOptions } from './redis.js'

export interface ChangesOptions {
  /** Counts of changes in the store. */
  readonly revisions: {
    bump(tenant: string, topic: ChangeTopic): Promise<number>
    all(): Promise<readonly { readonly tenant: string; readonly topic: ChangeTopic; readonly revision: number }[]>
  }
  readonly redis?: RedisOptions
  /** Milliseconds between two looks at the store. With Redis it only finds what Redis lost. */
  readonly pollMs: number
  readonly log: (message: string, cause: unknown) => void
}

interface Message {
  readonly tenant: string
  readonly topic: ChangeTopic
  readonly revision: number
  readonly about?: string
}

const channel = 'gatehouse:changes'

/**
 * Tells all processes of a store what has changed: through Redis at once where there is one, and by a look at counts in
 * the store, which finds what was not heard. A count that is further than what was heard means that anything may be new.
 */
export async function createChanges(options: ChangesOptions): Promise<Changes & { close(): Promise<void> }> {
  const { revisions, pollMs, log } = options
  const listeners = new Map<string, Set<(about: string | undefined) => void | Promise<void>>>()
  const seen = new Map<string, number>()
  const topicKey = (tenant: string, topic: ChangeTopic) => `${topic} ${tenant}`

  async function tell(key: string, about: string | undefined): Promise<void> {
    for (const heard of listeners.get(key) ?? []) {
      try {
        await heard(about)
      } catch (cause) {
        log('A change could not be taken over', cause)
      }
    }
  }

  async function hear({ tenant, topic, revision, about }: Message): Promise<void> {
    const key = topicKey(tenant, topic)
    const before = seen.get(key) ?? 0
    // What is about one thing is told even where its count is not new: two may have counted at once.
    if (about !== undefined) await tell(key, about)
    else if (revision > before) await tell(key, undefined)
    if (revision === before + 1) seen.set(key, revision)
    // The store alone says how far the count is, so a message cannot make this process deaf.
    else if (revision > before + 1) await lookSoon()
  }

  async function look(): Promise<void> {
    for (const { tenant, topic, revision } of await revisions.all()) {
      const key = topicKey(tenant, topic)
      if (revision <= (seen.get(key) ?? 0)) continue
      seen.set(key, revision)
      await tell(key, undefined)
    }
  }

  let looking: Promise<void> | undefined
  const lookSoon = () => {
    looking ??= look()
      .catch((cause: unknown) => log('Changes cannot be looked up', cause))
      .finally(() => {
        looking = undefined
      })
    return looking
  }

  const quiet = () => undefined
  const publisher = options.redis && connectRedis({ ...options.redis, log: quiet })
  const subscriber = options.redis && connectRedis({ ...options.redis, log: quiet })
  if (subscriber) subscribe(subscriber, (message) => void hear(message))

  for (const { tenant, topic, revision } of await revisions.all()) seen.set(topicKey(tenant, topic), revision)
  const timer = setInterval(lookSoon, pollMs)
  timer.unref()

  return {
    async announce(tenant, topic, about) {
      // First here, since this must hold even where the store cannot count it.
      await tell(topicKey(tenant, topic), about)
      const revision = await revisions.bump(tenant, topic)
      const message: Message = { tenant, topic, revision, ...(about !== undefined && { about }) }
      const key = topicKey(tenant, topic)
      // Told already; unless others have counted meanwhile, whose changes are still to be heard of.
      if (revision === (seen.get(key) ?? 0) + 1) seen.set(key, revision)
      else await lookSoon()
      await publisher?.publish(channel, JSON.stringify(message)).catch(() => undefined)
    },
    listen(tenant, topic, heard) {
      const key = topicKey(tenant, topic)
      const all = listeners.get(key) ?? new Set()
      listeners.set(key, all)
      all.add(heard)
      return () => all.delete(heard)
    },
    async close() {
      clearInterval(timer)
      publisher?.disconnect()
      subscriber?.disconnect()
      await looking
    },
  }
}

/** Redis forgets subscriptions with the connection, so each new one subscribes. */
function subscribe(redis: Redis, hear: (message: Message) => void): void {
  redis.on('ready', () => {
    redis.subscribe(channel).catch(() => undefined)
  })
  redis.on('message', (_channel: string, text: string) => {
    const message = messageOf(text)
    if (message) hear(message)
  })
}

function messageOf(text: string): Message | undefined {
  try {
    const message: unknown = JSON.parse(text)
    if (typeof message !== 'object' || message === null) return undefined
    const { tenant, topic, revision, about } = message as Record<string, unknown>
    if (typeof tenant !== 'string' || (topic !== 'access' && topic !== 'users')) return undefined
    if (typeof revision !== 'number') return undefined
    return { tenant, topic, revision, ...(typeof about === 'string' && { about }) }
  } catch {
    return undefined
  }
}
