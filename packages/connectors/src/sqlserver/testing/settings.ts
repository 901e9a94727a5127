import type { ServiceSettings } from '@gatehouse/core'

/** The settings of a service as the configuration makes them where nothing is said. */
export function settings(more: Partial<ServiceSettings> = {}): ServiceSettings {
  return {
    name: 'test',
    timeoutMs: 20_000,
    readOnly: false,
    pool: { max: 2, idleMs: 1000 },
    schemas: [],
    tables: { include: ['*'], exclude: [] },
    maskKey: 'a key',
    ...more,
  }
}
