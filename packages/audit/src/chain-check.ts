import { timingSafeEqual } from 'node:crypto'
import type { ChainHead, StoredEvent } from '@gatehouse/core'
import { chainHash, noHash, sealOf } from './chain.js'

export interface Problem {
  readonly chain: string
  readonly seq: number
  /**
   * changed: the event, its place or a column is not what was written. missing: events before this place are gone.
   * order: events stand in another order. cut: the end of the chain is gone. unsealed: not sealed with the key.
   */
  readonly kind: 'changed' | 'missing' | 'order' | 'cut' | 'unsealed'
  readonly message: string
}

/** Places whose hashes are kept, so that a chain that starts meanwhile can be compared with them. */
const kept = 1_024

/** Follows one chain, event by event. */
export class ChainCheck {
  readonly chain: string
  events = 0
  closed = false
  last: StoredEvent | undefined
  readonly #recent = new Map<number, string>()
  readonly #partial: boolean
  readonly #sealKey: Uint8Array | undefined

  constructor(chain: string, { partial, sealKey }: { partial: boolean; sealKey: Uint8Array | undefined }) {
    this.chain = chain
    this.#partial = partial
    this.#sealKey = sealKey
  }

  /** True for an event that was read before, unchanged: a file has it twice when a write was repeated. */
  repeats(event: StoredEvent): boolean {
    return this.#recent.get(event.seq) === event.hash && chainHash(event) === event.hash
  }

  *see(event: StoredEvent): Generator<Problem> {
    const { seq, previous_hash, hash } = event
    const expected = this.last ? this.last.seq + 1 : 0
    if (seq < expected) yield this.#problem('order', seq, `stands behind event ${expected - 1}`)
    else if (seq > expected && !(this.#partial && !this.last)) {
      const gone = seq === expected + 1 ? `event ${expected} is` : `events ${expected} to ${seq - 1} are`
      yield this.#problem('missing', seq, `${gone} missing before it`)
    } else if (this.last && previous_hash !== this.last.hash) {
      yield this.#problem('changed', seq, 'does not follow from the event before it: one of the two was changed')
    } else if (seq === 0 && previous_hash !== noHash) {
      yield this.#problem('changed', seq, 'is not the beginning of a chain')
    }
    if (chainHash(event) !== hash) yield this.#problem('changed', seq, 'does not match its hash')
    if (this.#sealKey && event.seal !== undefined && !sameText(event.seal, sealOf(hash, this.#sealKey))) {
      yield this.#problem('changed', seq, 'was not sealed with this key')
    }
    this.events++
    if (this.last && seq < this.last.seq) return
    this.last = event
    this.#recent.set(seq, hash)
    this.#recent.delete(seq - kept)
  }

  /** Whether the chain has the event that `head` names. */
  *holds(head: ChainHead, by: string): Generator<Problem> {
    const end = this.last?.seq ?? -1
    if (head.seq > end) yield this.#problem('cut', head.seq, `is named by ${by}, but the chain ends at event ${end}`)
    const hash = this.#recent.get(head.seq)
    if (hash !== undefined && hash !== head.hash) {
      yield this.#problem('changed', head.seq, `has another hash than the one that ${by} names`)
    }
    // Nothing before an end that is held on to will be asked for again.
    if (head.seq === end) for (const seq of this.#recent.keys()) if (seq < end) this.#recent.delete(seq)
  }

  *end(): Generator<Problem> {
    if (this.#sealKey && this.last && this.last.seal === undefined) {
      yield this.#problem('unsealed', this.last.seq, 'is the last of its chain, but not sealed')
    }
  }

  #problem(kind: Problem['kind'], seq: number, message: string): Problem {
    return { chain: this.chain, seq, kind, message: `Event ${seq} of ${this.chain} ${message}` }
  }
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
