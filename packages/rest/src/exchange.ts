import type { IncomingMessage, ServerResponse } from 'node:http'
import type { LimitState, Timing } from '@gatehouse/core'

/** One request and what is known of its answer so far. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  /** From `performance.now()`. */
  readonly started: number
  /** What a page of another origin may read. */
  originHeaders: readonly string[]
}

/** A whole answer, ready to be sent. */
export interface Reply {
  readonly status: number
  /** Name, value, name, value: those that belong to the body. */
  readonly headers: readonly string[]
  readonly body: string | Uint8Array
  readonly limit?: LimitState | undefined
  readonly timing?: Timing
}

/** Headers of every answer of an exchange, in the flat form that node:http writes fastest. */
export function commonHeaders(exchange: Exchange, reply: Omit<Reply, 'body' | 'status'>): string[] {
  const { limit } = reply
  const headers = [
    'X-Request-Id',
    exchange.requestId,
    'X-Content-Type-Options',
    'nosniff',
    'Server-Timing',
    timingOf(exchange, reply.timing),
  ]
  for (const header of reply.headers) headers.push(header)
  if (limit) {
    headers.push('RateLimit-Limit', `${limit.limit}`, 'RateLimit-Remaining', `${limit.remaining}`)
    headers.push('RateLimit-Reset', `${limit.reset}`)
  }
  for (const header of exchange.originHeaders) headers.push(header)
  return headers
}

function timingOf(exchange: Exchange, timing: Timing | undefined): string {
  const total = `total;dur=${rounded(performance.now() - exchange.started)}`
  if (!timing) return total
  return `auth;dur=${rounded(timing.auth)}, plan;dur=${rounded(timing.plan)}, db;dur=${rounded(timing.db)}, ${total}`
}

/** Milliseconds with two digits after the point. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100
}
