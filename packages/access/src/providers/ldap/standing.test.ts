import { expect, it } from 'vitest'
import { readEntry } from './entry.js'
import { isInGoodStanding } from './standing.js'

const now = Date.parse('2026-11-21T08:00:00Z')
/** 100-nanosecond steps since 1601. */
const filetime = (time: number) => String((BigInt(time) + 11_644_473_600_000n) * 10_000n)

it.each([
  [{}, true],
  [{ userAccountControl: '512' }, true],
  [{ USERACCOUNTCONTROL: '514' }, false],
  [{ 'msDS-User-Account-Control-Computed': '16' }, false],
  [{ 'msDS-User-Account-Control-Computed': '8388608' }, false],
  [{ accountExpires: '9223372036854775807' }, true],
  [{ accountExpires: filetime(now) }, false],
  [{ accountExpires: filetime(now + 1) }, true],
  [{ accountExpires: 'soon' }, false],
  [{ pwdLastSet: '0' }, false],
  [{ pwdLastSet: '0', userAccountControl: String(512 + 0x10000) }, true],
  [{ pwdAccountLockedTime: '000001010000Z' }, false],
  [{ pwdReset: 'FALSE' }, true],
  [{ pwdReset: 'true' }, false],
  [{ pwdEndTime: '20261121080000Z' }, false],
  [{ pwdEndTime: '20261121080000.5Z' }, false],
  [{ pwdEndTime: '20261121080001Z' }, true],
  [{ pwdEndTime: 'never' }, false],
  [{ pwdStartTime: '20261121080001Z' }, false],
  [{ pwdStartTime: '20261121080000Z' }, true],
  [{ nsAccountLock: 'TRUE' }, false],
  [{ nsAccountLock: 'false' }, true],
])('an entry with %j: %s', (attributes, good) => {
  expect(isInGoodStanding(readEntry({ dn: 'cn=a', ...attributes }), now)).toBe(good)
})
