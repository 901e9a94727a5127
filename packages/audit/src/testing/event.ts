import type { AuditEvent } from '@gatehouse/core'

/** A read that was allowed, with what a test says of it. */
export const event = (change: Partial<AuditEvent> = {}): AuditEvent => ({
  time: '2026-11-21T01:43:00.123Z',
  request_id: 'r1',
  tenant: 'default',
  principal: 'key:demo',
  surface: 'rest',
  service: 'salesdb',
  operation: 'get_table_data',
  effect: 'read',
  resource: '_table/orders',
  arguments: { limit: 5 },
  decision: 'allowed',
  status: 200,
  duration_ms: 1.5,
  ...change,
})
