import type { AuditEvent } from '@gatehouse/core'
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'

export interface Metrics {
  /** `known`: the names of the service and the operation are ours, and not what a caller made up. */
  observe(event: AuditEvent, known: boolean): void
  /** Prometheus text format 0.0.4. */
  text(): Promise<string>
}

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
  // Looking labels up costs more than counting, so each combination's children are kept. What a caller made up
  // (an unknown service or tool, also of somebody who is not known) is counted under one name.
  const kept = new Map<string, { count(): void; time(seconds: number): void }>()
  const childOf = (event: AuditEvent, known: boolean) => {
    const service = known ? event.service : '-'
    const operation = known ? event.operation : '-'
    const key = `${event.surface}|${service}|${operation}|${event.status}`
    const found = kept.get(key)
    if (found) return found
    const counter = calls.labels(event.surface, service, operation, String(event.status))
    const histogram = seconds.labels(event.surface, service, operation)
    const child = { count: () => counter.inc(), time: (s: number) => histogram.observe(s) }
    kept.set(key, child)
    return child
  }
  return {
    observe(event, known) {
      const child = childOf(event, known)
      child.count()
      child.time(event.duration_ms / 1000)
    },
    text: () => registry.metrics(),
  }
}
