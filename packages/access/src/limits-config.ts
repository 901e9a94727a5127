/** One of `limits:` of the configuration: at most `rate` calls in each `period`, counted `per` something. */
export interface LimitConfig {
  readonly per: LimitScope
  /** Only calls of principals with this role. */
  readonly role?: string | undefined
  /** Only calls of this service. */
  readonly service?: string | undefined
  /** Only calls on this resource: exact, or a prefix with `*` at its end. */
  readonly resource?: string | undefined
  /** Only calls of this operation: `get_table_data`. */
  readonly operation?: string | undefined
  readonly rate: number
  readonly period: LimitPeriod
}

/**
 * What shares one count: all calls (`instance`), those of one principal, of one API key, of one role (all its
 * principals together), on one service, on one table, of one operation of one service.
 */
export type LimitScope = 'instance' | 'principal' | 'role' | 'key' | 'service' | 'table' | 'operation'
export type LimitPeriod = 'second' | 'minute' | 'hour' | 'day'

export const limitScopes: readonly LimitScope[] = [
  'instance',
  'principal',
  'role',
  'key',
  'service',
  'table',
  'operation',
]

/** In seconds. */
export const periodSeconds: Readonly<Record<LimitPeriod, number>> = { second: 1, minute: 60, hour: 3_600, day: 86_400 }
