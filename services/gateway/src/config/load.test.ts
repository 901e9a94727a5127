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
    ['keys: [{ name: "a b", roles: [administrator] }]', 'keys.0.name: `a b` is not right (Letters, digits, _ . -)'],
    ['keys: [{ name: a, roles: [] }]', 'keys.0.roles: must have at least 1'],
  ])('%s: once, and with what would be right', (text, message) => {
    const loaded = loadConfig(text, {}, connectorTypes)
    expect(loaded.ok ? [] : loaded.errors).toEqual([`line 1: ${message}`])
  })
})

it('tells of names that are not there beside what is wrong with shapes, and of each thing once', () => {
  const text = [
    'server: { prot: 80 }',
    'roles: { r: { grants: [{ service: nope, resource: "*", verbs: [raed] }] } }',
    'keys: [{ name: k, roles: [q], key: short, expires: soon }]',
  ]
  const loaded = loadConfig(text.join('\n'), {}, connectorTypes)
  expect(
    loaded.ok
      ? []
      : loaded.errors.map((error) =>
          error
            .split(/: |\. /)
            .slice(0, 2)
            .join(' '),
        ),
  ).toEqual([
    'line 1 server.prot',
    'line 2 roles.r.grants.0.verbs.0',
    'line 2 roles.r.grants.0.service',
    'line 3 keys.0.expires',
    'line 3 keys.0.roles.0',
    'line 3 keys.0.key',
  ])
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

describe('prompts of a configuration', () => {
  const load = (prompts: string) => loadConfig(`prompts: { ${prompts} }\n`, {}, connectorTypes)
  const errors = (loaded: ReturnType<typeof load>) => (loaded.ok ? [] : loaded.errors)

  it('are read as they are', () => {
    const loaded = load('week: { text: "Of {region}, {}", arguments: [{ name: region, required: true }] }')
    expect(errors(loaded)).toEqual([])
    if (!loaded.ok) return
    expect(loaded.config.prompts).toEqual({
      week: { text: 'Of {region}, {}', arguments: [{ name: 'region', required: true }] },
    })
  })

  it.each([
    [
      'week: { text: "{regoin} {regoin}", arguments: [{ name: region }] }',
      'week.text: `{regoin}` is no argument of this prompt. Did you mean `region`? Arguments: region',
    ],
    ['week: { text: "{x}" }', 'week.text: `{x}` is no argument of this prompt. There are no arguments.'],
    ['week: { text: x, arguments: [{ name: a }, { name: a }] }', 'week.arguments.1.name: two arguments are named `a`'],
    [
      'week: { text: x, arguments: [{ name: "a b" }] }',
      'week.arguments.0.name: `a b` is not right (Letters, digits, _)',
    ],
    ['week: { title: x }', 'week: `text` is missing'],
    [
      'week: { text: x, messages: [] }',
      'week.messages: unknown key `messages`. Keys: title, description, arguments, text',
    ],
    ['Week: { text: x }', 'Week: is no allowed name: lower case letters, digits, _ and -'],
  ])('%s: refused', (prompts, message) => {
    expect(errors(load(prompts))).toEqual([`line 1: prompts.${message}`])
  })

  it('are those of a tenant too', () => {
    const text = 'tenants: { acme: { prompts: { week: { text: "{x}" } } } }'
    expect(errors(loadConfig(text, {}, connectorTypes))).toEqual([
      'line 1: tenants.acme.prompts.week.text: `{x}` is no argument of this prompt. There are no arguments.',
    ])
  })
})
