import { type ApiKey, Failure } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { createAuthenticator } from './authenticator.js'
import { hashKey, makeKey } from './key-text.js'

const text = makeKey()
const demo: ApiKey = {
  name: 'demo',
  hash: hashKey(text),
  roles: ['b', 'a', 'b'],
  attributes: { country: 'DE' },
  revoked: false,
}
const at = (time: string) => ({ now: () => Date.parse(time) })

function refusal(act: () => unknown): Failure {
  try {
    act()
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown
    throw thrown
  }
  throw new Error('was accepted')
}

describe('API keys', () => {
  it('are 256 random bits', () => {
    expect(text).toMatch(/^gh_[\w-]{43}$/)
    expect(makeKey()).not.toBe(text)
    expect(demo.hash).toMatch(/^[0-9a-f]{64}$/)
  })

  it('are known by X-API-Key and as bearer token, always as the same principal', () => {
    const authenticator = createAuthenticator([demo])
    const principal = authenticator.authenticate({ apiKey: text })
    expect(principal).toEqual({
      id: 'key:demo',
      kind: 'key',
      name: 'demo',
      roles: ['a', 'b'],
      attributes: { country: 'DE' },
      tenant: 'default',
      scope: '["a","b"]',
    })
    expect(authenticator.authenticate({ bearer: text })).toBe(principal)
  })

  it('are refused in the same words, whatever is wrong with them', () => {
    const keys = (change: Partial<ApiKey>) => createAuthenticator([{ ...demo, ...change }], at('2026-06-01T00:00:00Z'))
    const failures = [
      refusal(() => keys({}).authenticate({ apiKey: makeKey() })),
      refusal(() => keys({}).authenticate({ apiKey: '' })),
      refusal(() => keys({}).authenticate({ apiKey: demo.hash })),
      refusal(() => keys({ revoked: true }).authenticate({ apiKey: text })),
      refusal(() => keys({ expires: '2026-05-31' }).authenticate({ apiKey: text })),
      refusal(() => keys({ expires: '2026-06-01T00:00:00Z' }).authenticate({ apiKey: text })),
      refusal(() => keys({ expires: 'some day' }).authenticate({ apiKey: text })),
      refusal(() => keys({ addresses: ['10.0.0.0/8'] }).authenticate({ apiKey: text, address: '11.0.0.1' })),
      refusal(() => keys({ addresses: ['10.0.0.0/8'] }).authenticate({ apiKey: text })),
      refusal(() => keys({ addresses: ['nonsense'] }).authenticate({ apiKey: text, address: '10.0.0.1' })),
    ]
    expect(new Set(failures.map(({ code, message, hint }) => `${code} ${message} ${hint}`)).size).toBe(1)
    expect(failures[0]?.code).toBe('unauthenticated')
  })

  it('last through the day that they expire on', () => {
    const keys = [{ ...demo, expires: '2026-05-31' }]
    expect(createAuthenticator(keys, at('2026-05-31T23:59:59Z')).authenticate({ apiKey: text }).name).toBe('demo')
  })

  it.each(['10.1.2.3', '::ffff:10.1.2.3', 'fd00::1', '192.168.1.5'])(
    'are accepted from the listed address %s',
    (address) => {
      const keys = [{ ...demo, addresses: ['10.0.0.0/8', 'fd00::/8', '192.168.1.5'] }]
      expect(createAuthenticator(keys).authenticate({ apiKey: text, address }).name).toBe('demo')
    },
  )

  it('stop working at once when they are replaced', () => {
    const authenticator = createAuthenticator([demo])
    authenticator.replace([])
    expect(refusal(() => authenticator.authenticate({ apiKey: text })).code).toBe('unauthenticated')
  })

  it('are asked for when there are no credentials, or others', () => {
    const authenticator = createAuthenticator([demo])
    expect(refusal(() => authenticator.authenticate({})).message).toBe('Credentials are missing')
    const basic = refusal(() => authenticator.authenticate({ basic: { user: 'demo', password: text } }))
    expect(basic.code).toBe('unauthenticated')
    expect(basic.hint).toContain('X-API-Key')
  })
})
