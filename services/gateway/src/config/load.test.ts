import { connectorTypes } from '@gatehouse/connectors'
import { describe, expect, it } from 'vitest'
import { loadConfig } from './load.js'

function service(keys: string) {
  return loadConfig(`services:\n  shop: { type: sqlite, connection: shop.db, ${keys} }\n`, {}, connectorTypes)
}

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
