import { createHmac, hash, randomBytes } from 'node:crypto'
import type { ChainedEvent } from '@gatehouse/core'

/** What the first event of a chain has in place of a previous hash. */
export const noHash = '0'.repeat(64)

/** SHA-256 (hex) over the previous hash, the chain, the place in it and the event's exact text. */
export function chainHash({ previous_hash, chain, seq, event }: Omit<ChainedEvent, 'hash' | 'seal'>): string {
  return hash('sha256', `${previous_hash}\n${chain}\n${seq}\n${event}`)
}

/** HMAC-SHA-256 (hex) of a hash: only who has the key can make one. */
export function sealOf(hash: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(hash).digest('hex')
}

/** The name of a new chain: the time of its start, so that names sort by it, and 64 random bits. */
export function chainName(start: Date): string {
  return `${start.toISOString().replaceAll(/[-:.]/g, '')}-${randomBytes(8).toString('hex')}`
}

/** Puts events in their places, one after the other. */
export interface Chain {
  readonly name: string
  /** The events of one batch; the last one is sealed, where there is a key. */
  link(texts: readonly string[]): readonly ChainedEvent[]
}

export function createChain(name: string, sealKey: Uint8Array | undefined): Chain {
  let previous_hash = noHash
  let seq = 0
  return {
    name,
    link(texts) {
      return texts.map((event, i) => {
        const place = { chain: name, seq: seq++, previous_hash, event, hash: '' }
        place.hash = chainHash(place)
        previous_hash = place.hash
        return sealKey && i === texts.length - 1 ? { ...place, seal: sealOf(place.hash, sealKey) } : place
      })
    },
  }
}
