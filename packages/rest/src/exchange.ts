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
  const total = `total;dur=${milliseconds(performance.now() - exchange.started)}`
  if (!timing) return total
  return `auth;dur=${milliseconds(timing.auth)}, plan;dur=${milliseconds(timing.plan)}, db;dur=${milliseconds(timing.db)}, ${total}`
}

const hundredths = Array.from({ length: 100 }, (_, i) => `.${i < 10 ? '0' : ''}${i}`)

/** With two digits after the point. By whole numbers, which are printed much faster than others. */
function milliseconds(duration: number): string {
  const all = Math.round(duration * 100)
  const whole = Math.floor(all / 100)
  return whole + (hundredths[all - whole * 100] ?? '')
}
