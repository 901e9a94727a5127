/** Members of an event that are stored in columns of their own, besides `event` itself. */
export const eventColumns = [
  'time',
  'request_id',
  'tenant',
  'principal',
  'on_behalf_of',
  'client',
  'address',
  'surface',
  'service',
  'operation',
  'effect',
  'resource',
  'arguments',
  'policy',
  'fingerprint',
  'rows',
  'masked',
  'decision',
  'reason',
  'status',
  'duration_ms',
] as const

/** Columns that say where an event stands in its chain. */
export const chainColumns = ['chain', 'seq', 'previous_hash', 'hash', 'seal', 'event'] as const
