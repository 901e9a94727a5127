import type { AuditEvent } from '@gatehouse/core'
import { expect, it } from 'vitest'
import { createCallMetrics } from './call-metrics.js'

const event = (more: Partial<AuditEvent>): AuditEvent => ({
  time: '2026-01-31T12:00:00.000Z',
  request_id: 'r',
  tenant: 'default',
  principal: 'key:demo',
  surface: 'rest',
  service: 'shop',
  operation: 'get_record',
  effect: 'read',
  resource: '_table/orders',
  arguments: {},
  decision: 'allowed',
  status: 200,
  duration_ms: 1,
  ...more,
})

it('counts calls by status, and durations in cumulative buckets whose bounds are included', () => {
  const metrics = createCallMetrics()
  metrics.observe(event({ duration_ms: 1 }))
  metrics.observe(event({ duration_ms: 4 }))
  metrics.observe(event({ duration_ms: 60_000, status: 504 }))
  const lines = metrics.text().split('\n')
  const of = 'surface="rest",service="shop",operation="get_record"'
  expect(lines).toContain(`gatehouse_calls_total{${of},status="200"} 2`)
  expect(lines).toContain(`gatehouse_calls_total{${of},status="504"} 1`)
  const buckets = lines.filter((line) => line.startsWith('gatehouse_call_seconds_bucket'))
  expect(buckets).toHaveLength(15)
  expect(buckets.slice(0, 3)).toEqual([
    `gatehouse_call_seconds_bucket{le="0.001",${of}} 1`,
    `gatehouse_call_seconds_bucket{le="0.0025",${of}} 1`,
    `gatehouse_call_seconds_bucket{le="0.005",${of}} 2`,
  ])
  expect(buckets.slice(-2)).toEqual([
    `gatehouse_call_seconds_bucket{le="30",${of}} 2`,
    `gatehouse_call_seconds_bucket{le="+Inf",${of}} 3`,
  ])
  expect(lines).toContain(`gatehouse_call_seconds_sum{${of}} 60.005`)
  expect(lines).toContain(`gatehouse_call_seconds_count{${of}} 3`)
})

it('counts what callers made up under one name, and keeps labels what they are', () => {
  const metrics = createCallMetrics()
  metrics.observe(event({ service: 'no', operation: 'such', status: 404 }))
  metrics.observe(event({ service: 'nor', operation: 'this', status: 404 }))
  metrics.observe(event({ service: 'a"b\\c' }))
  const text = metrics.text()
  expect(text).toContain('gatehouse_calls_total{surface="rest",service="-",operation="-",status="404"} 2')
  expect(text).toContain('service="a\\"b\\\\c"')
})
