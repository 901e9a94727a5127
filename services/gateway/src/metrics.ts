import type { AuditEvent } from '@gatehouse/core'
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'

export interface Metrics {
  /** `known`: the names of the service and the operation are ours, and not what a caller made up. */
  observe(event: AuditEvent, known: boolean): void
  /** Prometheus text format 0.0.4. */
  text(): Promise<string>
}

/** What is counted of a call. */
interface Seen extends Pick<AuditEvent, 'surface' | 'service' | 'operation' | 'status'> {
  readonly seconds: number
}

/** So many calls are counted at once: one behind the other, that takes less time than one beside all that a call does. */
const mostWaiting = 256

/**
 * Counts calls by what an operator looks for first. Names of tables and principals are no labels: their number has no
 * bound. The audit has them.
 */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const labels = ['surface', 'service', 'operation', 'status'] as const
  const calls = new Counter({ name: 'gatehouse_calls_total', help: 'Calls', labelNames: labels, registers: [registry] })
  const seconds = new Histogram({
    name: 'gatehouse_call_seconds',
    help: 'Duration of calls in seconds',
    labelNames: ['surface', 'service', 'operation'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  })
  let waiting: Seen[] = []
  // Looking labels up costs more than counting, so each combination's children are kept.
  const kept = new Map<string, { counter: Counter.Internal; histogram: Histogram.Internal<string> }>()
  const childOf = ({ surface, service, operation, status }: Seen) => {
    const key = `${surface}|${service}|${operation}|${status}`
    const found = kept.get(key)
    if (found) return found
    const child = {
      counter: calls.labels(surface, service, operation, String(status)),
      histogram: seconds.labels(surface, service, operation),
    }
    kept.set(key, child)
    return child
  }
  const count = () => {
    for (const seen of waiting) {
      const { counter, histogram } = childOf(seen)
      counter.inc()
      histogram.observe(seen.seconds)
    }
    waiting = []
  }
  return {
    observe({ surface, service, operation, status, duration_ms }, known) {
      // What a caller made up (an unknown service or tool, also of somebody who is not known) has one name.
      const [of, what] = known ? [service, operation] : ['-', '-']
      waiting.push({ surface, service: of, operation: what, status, seconds: duration_ms / 1000 })
      if (waiting.length >= mostWaiting) count()
    },
    text() {
      count()
      return registry.metrics()
    },
  }
}
