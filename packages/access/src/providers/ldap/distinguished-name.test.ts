import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { above, dnKey, escapeInDn, isBelow, nameIn, parseDn } from './distinguished-name.js'

const hostile = fc.oneof(
  fc.string({ unit: 'grapheme-composite' }),
  fc.string({ unit: fc.constantFrom(...',+"\\<>;=# \0', 'cn=', ',dc=x', '\\2c', 'a', 'ü', '  ') }),
)

describe('a DN', () => {
  it('has the parts of its template, whatever name is in it', () => {
    const filled = fc.property(hostile, (user) => {
      const parts = parseDn(`uid=${escapeInDn(user)},ou=people,dc=example`)
      expect(parts?.map((part) => part.map(([type]) => type))).toEqual([['uid'], ['ou'], ['dc']])
      expect(nameIn(`uid=${escapeInDn(user)},ou=people,dc=example`)).toBe(user)
    })
    fc.assert(filled, { numRuns: 2000 })
  })

  it.each([
    ['CN=Ann Archer,OU=Staff,DC=Example', 'cn=ann archer, ou=STAFF ,dc=example'],
    ['cn=a\\2cb,dc=x', 'cn=a\\,b,dc=x'],
    ['cn=a+sn=b,dc=x', 'SN=B+CN=A,dc=x'],
    ['cn=zo\\c3\\ab,dc=x', 'cn=ZOË,dc=x'],
    ['cn=a  b\\ ,dc=x', 'cn=a b,dc=x'],
  ])('%s is %s', (one, other) => {
    expect(dnKey(one)).toBe(dnKey(other))
    expect(dnKey(one)).toBeDefined()
  })

  it.each(['ann', 'cn=a"b,dc=x', 'cn=a\\zb,dc=x', '=a', 'cn=a,,dc=x', 'cn=a<b'])('is not %s', (text) => {
    expect(parseDn(text)).toBeUndefined()
  })

  it.each([
    ['cn=a,ou=b,dc=x', 'ou=B,dc=X', true],
    ['ou=b,dc=x', 'ou=b,dc=x', true],
    ['cn=a,dc=x', '', true],
    ['cn=a,ou=c,dc=x', 'ou=b,dc=x', false],
    ['cn=a\\,ou=b,dc=x', 'ou=b,dc=x', false],
    ['cn=a,xou=b,dc=x', 'ou=b,dc=x', false],
    ['dc=x', 'ou=b,dc=x', false],
    ['', '', false],
    ['nonsense', '', false],
  ])('%s below %s: %s', (dn, base, below) => {
    expect(isBelow(dn, base)).toBe(below)
  })

  it('has parts above the one with the name', () => {
    expect(above('uid={user},ou=people,dc=x')).toBe('ou=people,dc=x')
    expect(above('uid=x,ou={user}\\,a,dc=x')).toBe('dc=x')
    expect(above('{user}')).toBe('')
  })
})
