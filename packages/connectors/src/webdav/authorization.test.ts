import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { authorizeBy, challengesOf } from './authorization.js'

const header =
  'Digest realm="a, \\"b\\"", qop="auth,auth-int", nonce=n1, opaque="o", ' +
  'Digest realm="r", nonce="n2", algorithm=SHA-256, qop="auth", Basic realm="c", charset="UTF-8"'

describe('authorization', () => {
  it('reads several challenges of one header', () => {
    expect(challengesOf(header)).toEqual([
      { scheme: 'digest', parameters: { realm: 'a, "b"', qop: 'auth,auth-int', nonce: 'n1', opaque: 'o' } },
      { scheme: 'digest', parameters: { realm: 'r', nonce: 'n2', algorithm: 'SHA-256', qop: 'auth' } },
      { scheme: 'basic', parameters: { realm: 'c', charset: 'UTF-8' } },
    ])
    expect(challengesOf('Negotiate, Basic realm="x"').map(({ scheme }) => scheme)).toEqual(['negotiate', 'basic'])
  })

  it('answers the strongest, each time anew', () => {
    const authorize = authorizeBy(challengesOf(header), 'ada', 'secret')
    const first = authorize?.('GET', '/a?b') ?? ''
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
    const cnonce = /cnonce="(\w+)"/.exec(first)?.[1]
    const response = sha256(`${sha256('ada:r:secret')}:n2:00000001:${cnonce}:auth:${sha256('GET:/a?b')}`)
    expect(first).toContain(`response="${response}"`)
    expect(authorize?.('GET', '/a?b')).toContain('nc=00000002')
    expect(first).not.toContain('secret')
  })

  it('sends a password only where nothing else is offered', () => {
    expect(authorizeBy(challengesOf('Basic realm="c"'), 'ada', 'ü')?.('GET', '/')).toBe('Basic YWRhOsO8')
    expect(authorizeBy(challengesOf('Digest nonce="n", algorithm=UNKNOWN'), 'ada', 'x')).toBeUndefined()
    expect(authorizeBy(challengesOf('Negotiate'), 'ada', 'x')).toBeUndefined()
  })
})
