import type { IdempotencyStore, KeptAnswer } from '@gatehouse/core'

interface Entry {
  readonly fingerprint: string
  readonly until: number
  answer?: KeptAnswer
}

const day = 24 * 60 * 60 * 1000

export interface MemoryBounds {
  /** Keys in use at a time; the oldest finished one makes room. */
  readonly keys: number
  /** Bytes of all kept answers together. */
  readonly bytes: number
}

/** Answers in the memory of one process: for a single gateway. Lost when it ends. */
export function memoryIdempotency(bounds: MemoryBounds = { keys: 10_000, bytes: 64 * 1024 * 1024 }): IdempotencyStore {
  // In order of their beginning, so the first ones expire first.
  const entries = new Map<string, Entry>()
  let bytes = 0

  const idOf = (principal: string, key: string) => JSON.stringify([principal, key])
  const drop = (id: string, entry: Entry) => {
    bytes -= entry.answer?.body.length ?? 0
    entries.delete(id)
  }
  const makeRoom = (now: number) => {
    for (const [id, entry] of entries) {
      const full = entries.size >= bounds.keys || bytes > bounds.bytes
      if (entry.until > now && !full) return
      if (entry.until <= now || entry.answer) drop(id, entry)
    }
  }

  return {
    begin(principal, key, fingerprint) {
      const now = Date.now()
      makeRoom(now)
      const id = idOf(principal, key)
      const entry = entries.get(id)
      if (!entry) {
        entries.set(id, { fingerprint, until: now + day })
        return { state: 'begun' }
      }
      if (entry.fingerprint !== fingerprint) return { state: 'mismatch' }
      return entry.answer ? { state: 'done', answer: entry.answer } : { state: 'running' }
    },
    complete(principal, key, answer) {
      const entry = entries.get(idOf(principal, key))
      if (!entry) return
      entry.answer = answer
      bytes += answer.body.length
    },
    abandon(principal, key) {
      const id = idOf(principal, key)
      const entry = entries.get(id)
      if (entry) drop(id, entry)
    },
  }
}
