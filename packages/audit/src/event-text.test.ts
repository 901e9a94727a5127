import type { AuditEvent } from '@gatehouse/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventText } from './event-text.js'
import { createRedactor } from './redact.js'

const text = fc.string({ unit: 'binary', maxLength: 60 })
const event: fc.Arbitrary<AuditEvent> = fc.record(
  {
    time: fc.constant('2026-11-21T01:43:00.123Z'),
    request_id: text,
    tenant: text,
    principal: text,
    client: text,
    surface: fc.constantFrom('rest', 'mcp'),
    service: text,
    operation: text,
    effect: fc.constantFrom('read', 'create', 'update', 'delete', 'execute'),
    resource: text,
    arguments: fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)), { maxKeys: 10 }),
    policy: text,
    rows: fc.nat(),
    masked: fc.array(text, { maxLength: 3 }),
    decision: fc.constantFrom('allowed', 'refused'),
    reason: text,
    status: fc.nat(600),
    duration_ms: fc.double({ min: 0, max: 1e6, noNaN: true }).map(Math.abs),
  },
  {
    requiredKeys: [
      'time',
      'request_id',
      'tenant',
      'principal',
      'surface',
      'service',
      'operation',
      'effect',
      'resource',
      'arguments',
      'decision',
      'status',
      'duration_ms',
    ],
  },
)

describe('eventText', () => {
  it('is JSON that says what the event says, whatever the texts', () => {
    const asItIs = createRedactor([])
    const storable = (value: unknown) =>
      JSON.parse(
        JSON.stringify(value).replaceAll(/\\(\\|u0000|ud[89a-f][0-9a-f]{2})/g, (e, w) => (w === '\\' ? e : '\ufffd')),
      )
    fc.assert(
      fc.property(event, (any) => {
        const written = eventText(any, asItIs)
        expect(JSON.parse(written)).toEqual(storable(any))
        expect(written).toBe(JSON.stringify(JSON.parse(written)))
      }),
    )
  })
})
