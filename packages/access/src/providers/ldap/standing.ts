import type { Entry } from './entry.js'

/** Why an entry may not sign in, by one of its attributes. All that no rule speaks against may. */
interface Rule {
  readonly attribute: string
  refuses(value: string, entry: Entry, now: number): boolean
}

const disabled = 0x2
const passwordNeverExpires = 0x10000
const locked = 0x10
const passwordExpired = 0x800000

const hasAny = (value: string, flags: number) => (Number(value) & flags) !== 0
const isTrue = (value: string) => value.toUpperCase() === 'TRUE'

const rules: readonly Rule[] = [
  // Active Directory: [MS-ADTS] 2.2.16, 3.1.1.4.5.17
  { attribute: 'userAccountControl', refuses: (value) => hasAny(value, disabled) },
  { attribute: 'msDS-User-Account-Control-Computed', refuses: (value) => hasAny(value, locked | passwordExpired) },
  { attribute: 'accountExpires', refuses: (value, _, now) => isPastFiletime(value, now) },
  {
    // It is to be changed before it opens anything.
    attribute: 'pwdLastSet',
    refuses: (value, entry) => value === '0' && !hasAny(entry.text('userAccountControl') ?? '0', passwordNeverExpires),
  },
  // The password policy of OpenLDAP and others (draft-behera-ldap-password-policy). A lock that is over goes away with the next
  // good password; until then it counts here, since how long it lasts stands in a policy that few accounts may read.
  { attribute: 'pwdAccountLockedTime', refuses: () => true },
  { attribute: 'pwdReset', refuses: isTrue },
  { attribute: 'pwdStartTime', refuses: (value, _, now) => !(parseTime(value) <= now) },
  { attribute: 'pwdEndTime', refuses: (value, _, now) => !(parseTime(value) > now) },
  // 389 Directory Server, FreeIPA
  { attribute: 'nsAccountLock', refuses: isTrue },
]

export const standingAttributes = rules.map(({ attribute }) => attribute)

/** False for who is disabled, locked, expired, or has to change the password first. `now`: milliseconds since 1970. */
export function isInGoodStanding(entry: Entry, now: number): boolean {
  return !rules.some(({ attribute, refuses }) => {
    const value = entry.text(attribute)
    return value !== undefined && refuses(value, entry, now)
  })
}

/** 100-nanosecond steps since 1601; 0 and 2^63-1 are never. */
function isPastFiletime(value: string, now: number): boolean {
  if (!/^\d{1,19}$/.test(value)) return true
  const at = BigInt(value)
  if (at === 0n || at === 0x7fff_ffff_ffff_ffffn) return false
  return at <= (BigInt(Math.floor(now)) + 11_644_473_600_000n) * 10_000n
}

/** Milliseconds since 1970 of a generalizedTime in UTC: 20261121080000Z. NaN for all else. */
function parseTime(value: string): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:[.,]\d+)?Z$/.exec(value) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
