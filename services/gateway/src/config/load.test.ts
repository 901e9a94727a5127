import { connectorTypes } from '@gatehouse/connectors'
import { describe, expect, it } from 'vitest'
import { loadConfig } from './load.js'

function service(keys: string) {
  return loadConfig(`services:\n  shop: { type: sqlite, connection: shop.db, ${keys} }\n`, {}, connectorTypes)
}

describe('errors of a configuration', () => {
  it.each([
    [
      'store: { url: "mongodb://x" }',
      'store.url: `mongodb://x` is not right (sqlite:PATH, postgres://... or mysql://...)',
    ],
    ['redis: { url: here }', 'redis.url: `here` is not right (redis://HOST:PORT)'],
    [
      'services: { Bad: { type: sqlite, connection: x } }',
      'services.Bad: is no allowed name: lower case letters, digits, _ and -',
    ],
    ['keys: [{ name: "a b", roles: [r] }]', 'keys.0.name: `a b` is not right (Letters, digits, _ . -)'],
    ['keys: [{ name: a, roles: [] }]', 'keys.0.roles: must have at least 1'],
  ])('%s: once, and with what would be right', (text, message) => {
    const loaded = loadConfig(text, {}, connectorTypes)
    expect(loaded.ok ? [] : loaded.errors).toEqual([`line 1: ${message}`])
  })
})

describe('durations of a configuration', () => {
  it.each([
    ['refresh: 0', 0],
    ['refresh: "0"', 0],
    ['refresh: 90', 90_000],
    ['refresh: 0.5', 500],
    ['refresh: 5m', 300_000],
    ['timeout: 1s', 60_000],
  ])('%s', (keys, refreshMs) => {
    const loaded = service(keys)
    expect(loaded.ok && loaded.config.services[0]?.refreshMs).toBe(refreshMs)
  })

  it.each(['refresh: -1', 'refresh: soon', 'refresh: true'])('refuses %s and says what one is', (keys) => {
    const loaded = service(keys)
    expect(loaded.ok ? [] : loaded.errors).toEqual([
      expect.stringMatching(/^line 2: services\.shop\.refresh: .*0 never\. Default 60s/),
    ])
  })
})
