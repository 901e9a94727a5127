/** An answer over HTTP, kept to be given again. */
export interface KeptAnswer {
  readonly status: number
  /** Name, value, name, value: those that describe the body. */
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

/** What is known of an Idempotency-Key: nothing (then the caller owns it now), that it is in use, or its answer. */
export type KeyState =
  | { readonly state: 'begun' }
  | { readonly state: 'running' }
  | { readonly state: 'mismatch' }
  | { readonly state: 'done'; readonly answer: KeptAnswer }

/**
 * Answers by Idempotency-Key, kept for 24 hours. A key belongs to one principal. `fingerprint` is of the request: the
 * same key with another one is a `mismatch`. Whoever begins a key completes or abandons it.
 */
export interface IdempotencyStore {
  begin(principal: string, key: string, fingerprint: string): KeyState | Promise<KeyState>
  complete(principal: string, key: string, answer: KeptAnswer): void | Promise<void>
  /** Forgets the key: the request did nothing that must not be done again. */
  abandon(principal: string, key: string): void | Promise<void>
}
