/**
 * One event as it is written: its exact JSON text, and its place in the chain of the process that wrote it.
 * `hash` covers the previous hash, the chain, the place and the text, so that none of them can change unnoticed.
 */
export interface ChainedEvent {
  /** One per start of a writing process; sorts by the time of the start. */
  readonly chain: string
  /** From 0, without gaps. */
  readonly seq: number
  /** Hex. */
  readonly previous_hash: string
  /** Hex. */
  readonly hash: string
  /**
   * HMAC-SHA-256 of `hash` (hex), on the last event of each batch where there is a key: what is before it cannot be
   * made anew by someone who can write to the store but does not have the key.
   */
  readonly seal?: string
  /** The exact JSON text that was hashed. */
  readonly event: string
}

/** The last event of a chain. */
export type ChainHead = Pick<ChainedEvent, 'chain' | 'seq' | 'hash'>

/** An event as it is read back to be verified. */
export interface StoredEvent extends ChainedEvent {
  /** Members of the event that are stored a second time, in columns of their own; they must say the same. */
  readonly columns?: Readonly<Record<string, string | number | null>>
}

/** A place where events go, in order. */
export interface AuditSink {
  readonly name: string
  /**
   * Resolves when all are written (and durable, where the sink was opened so). Rejects when that is not known for
   * certain; then the same events come again, so writing one a second time must do no harm.
   */
  append(events: readonly ChainedEvent[]): Promise<void>
  /** The last events of the chains that started last; only of a sink that can be asked. */
  heads?(): Promise<readonly ChainHead[]>
  close?(): Promise<void>
}

/** The most characters that a member of an event has; longer ones are cut before they are hashed. */
export const auditTextLimits = {
  request_id: 128,
  tenant: 128,
  principal: 255,
  on_behalf_of: 255,
  client: 255,
  address: 64,
  surface: 16,
  service: 128,
  operation: 128,
  effect: 16,
  resource: 1_024,
  policy: 4_000,
  fingerprint: 128,
  decision: 16,
  reason: 1_000,
} as const
