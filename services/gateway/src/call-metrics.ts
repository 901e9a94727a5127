import type { AuditEvent } from '@gatehouse/core'

/** Upper bounds of the buckets, in seconds. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

interface Durations {
  readonly labels: string
  /** Calls by the first bucket that holds them; the last one is for those that are longer than any bound. */
  readonly counts: Float64Array
  sum: number
}

interface Calls {
  readonly labels: string
  readonly durations: Durations
  count: number
}

/**
 * Counts calls and their durations by what an operator looks for first. Names of tables and principals are no labels:
 * their number has no bound; the audit has them. What a caller made up (an unknown service or tool) is counted under
 * one name.
 *
 * Counted here and not by the library that has the other metrics, since it takes longer for one observation than most
 * steps of a call do. The text is Prometheus' format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 */
export function createCallMetrics(): { observe(event: AuditEvent): void; text(): string } {
  const calls = new Map<string, Calls>()
  const durations = new Map<string, Durations>()

  const callsOf = (event: AuditEvent): Calls => {
    const known = event.status !== 404
    const service = known ? event.service : '-'
    const operation = known ? event.operation : '-'
    const key = `${event.surface}|${service}|${operation}|${event.status}`
    const found = calls.get(key)
    if (found) return found
    const labels = `surface="${event.surface}",service="${escaped(service)}",operation="${escaped(operation)}"`
    let timed = durations.get(labels)
    if (!timed) {
      timed = { labels, counts: new Float64Array(bounds.length + 1), sum: 0 }
      durations.set(labels, timed)
    }
    const made = { labels: `${labels},status="${event.status}"`, durations: timed, count: 0 }
    calls.set(key, made)
    return made
  }

  return {
    observe(event) {
      const found = callsOf(event)
      found.count++
      const seconds = event.duration_ms / 1000
      const { counts } = found.durations
      let bucket = 0
      while (bucket < bounds.length && seconds > (bounds[bucket] ?? 0)) bucket++
      counts[bucket] = (counts[bucket] ?? 0) + 1
      found.durations.sum += seconds
    },
    text() {
      const lines = ['# HELP gatehouse_calls_total Calls', '# TYPE gatehouse_calls_total counter']
      for (const { labels, count } of calls.values()) lines.push(`gatehouse_calls_total{${labels}} ${count}`)
      lines.push(
        '# HELP gatehouse_call_seconds Duration of calls in seconds',
        '# TYPE gatehouse_call_seconds histogram',
      )
      for (const { labels, counts, sum } of durations.values()) {
        let total = 0
        for (const [i, bound] of [...bounds, '+Inf'].entries()) {
          total += counts[i] ?? 0
          lines.push(`gatehouse_call_seconds_bucket{le="${bound}",${labels}} ${total}`)
        }
        lines.push(`gatehouse_call_seconds_sum{${labels}} ${sum}`, `gatehouse_call_seconds_count{${labels}} ${total}`)
      }
      return `${lines.join('\n')}\n`
    },
  }
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
