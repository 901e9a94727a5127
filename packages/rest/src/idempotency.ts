import { createHash } from 'node:crypto'
import { Failure, type IdempotencyStore } from '@gatehouse/core'
import { errorReply } from './error-reply.js'
import type { Reply } from './exchange.js'

export interface OnceOnly {
  readonly store: IdempotencyStore
  readonly principal: string
  readonly key: string
  readonly fingerprint: string
  readonly requestId: string
}

/** Equal for equal requests: the target, the effective method and the body. */
export function fingerprintOf(method: string, url: string, body: Uint8Array | undefined): string {
  const hash = createHash('sha256').update(`${method} ${url}\n`)
  return (body ? hash.update(body) : hash).digest('base64url')
}

/** The Idempotency-Key of a request. Throws `invalid` for one that is empty or very long. */
export function idempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  if (typeof header === 'string' && header.length > 0 && header.length <= 255) return header
  throw new Failure('invalid', 'An Idempotency-Key has 1 to 255 characters')
}

/**
 * Runs a request once: a second one with the same key and fingerprint gets the first one's answer again. What did
 * nothing (a refusal, a failure that left no trace) is not kept, so that it can be tried again; a batch that failed in
 * its middle is. Throws `unprocessable` for a key that was used for another request, `conflict` while it still runs.
 */
export async function onceOnly(
  once: OnceOnly,
  run: () => Promise<Reply>,
): Promise<{ reply: Reply; replayed: boolean }> {
  const { store, principal, key, fingerprint } = once
  const known = await store.begin(principal, key, fingerprint)
  switch (known.state) {
    case 'done':
      return {
        reply: { ...known.answer, headers: [...known.answer.headers, 'Idempotent-Replayed', 'true'] },
        replayed: true,
      }
    case 'mismatch':
      throw new Failure('unprocessable', 'This Idempotency-Key was used for a different request', {
        hint: 'Make a new key for each new request',
      })
    case 'running':
      throw new Failure('conflict', 'A request with this Idempotency-Key is still running', {
        hint: 'Wait for its answer, or try again in a moment',
        retryAfter: 1,
      })
    case 'begun':
      return { reply: await keep(once, run), replayed: false }
    default:
      return known satisfies never
  }
}

async function keep({ store, principal, key, requestId }: OnceOnly, run: () => Promise<Reply>): Promise<Reply> {
  try {
    const reply = await run()
    await store.complete(principal, key, kept(reply))
    return reply
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.batch) {
      await store.complete(principal, key, kept(errorReply(thrown, requestId)))
    } else await store.abandon(principal, key)
    throw thrown
  }
}

function kept({ status, headers, body }: Reply) {
  return { status, headers, body: typeof body === 'string' ? Buffer.from(body) : body }
}
