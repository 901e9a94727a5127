import type { Exchange } from './exchange.js'
import type { Parts } from './result.js'

const everyMs = 2000

/**
 * Says every two seconds that a call still runs, where the client gave a progress token and can hear it. An answer that
 * comes sooner is sent as if none had been asked for, so that the token costs nothing then.
 */
export function withProgress(exchange: Exchange, work: (exchange: Exchange) => Promise<Parts>): Promise<Parts> {
  const { progressToken } = exchange.meta
  const wanted = typeof progressToken === 'string' || typeof progressToken === 'number'
  if (!wanted || !exchange.channel.takesNotifications) return work(exchange)
  return telling(exchange, progressToken, work)
}

async function telling(
  exchange: Exchange,
  progressToken: string | number,
  work: (exchange: Exchange) => Promise<Parts>,
): Promise<Parts> {
  let progress = 0
  const timer = setInterval(() => {
    progress += everyMs / 1000
    const message = `Running for ${progress} seconds`
    exchange.channel.notify('notifications/progress', { progressToken, progress, message })
  }, everyMs)
  timer.unref()
  try {
    return await work(exchange)
  } finally {
    clearInterval(timer)
  }
}
