import type { AuditEvent } from '@gatehouse/core'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { createCallMetrics } from './call-metrics.js'

export interface Metrics {
  observe(event: AuditEvent): void
  /** Prometheus text format 0.0.4: the calls, and what the process and its runtime tell of themselves. */
  text(): Promise<string>
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const calls = createCallMetrics()
  return {
    observe: calls.observe,
    text: async () => calls.text() + (await registry.metrics()),
  }
}
