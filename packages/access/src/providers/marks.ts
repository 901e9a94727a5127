import type { JsonValue, StoredUser } from '@gatehouse/core'
import type { Provider, VouchedAtProvider } from './provider.js'

/** Kept beside the claims of a person, which are kept by the names that a mapping wants. */
const issuerMark = 'gatehouse:issuer'
const untilMark = 'gatehouse:until'

/** A directory that is moved, or reached by another name, is the same: its ids are given once in the world. */
const issuerOf = (provider: Provider) => ('issuer' in provider ? provider.issuer : provider.kind)

export function marksOf(provider: Provider, { until }: VouchedAtProvider): Readonly<Record<string, JsonValue>> {
  return { [issuerMark]: issuerOf(provider), ...(until !== undefined && { [untilMark]: until }) }
}

/** False for people of whom somebody else vouched: subjects of two issuers can be the same by chance, or by intent. */
export function isOfIssuer({ claims }: StoredUser, provider: Provider): boolean {
  const before = claims?.[issuerMark]
  return before === undefined || before === issuerOf(provider)
}

/** Milliseconds since 1970 until when the provider lets the last sign-in be good; where it does not say, for ever. */
export function vouchedUntil({ claims }: Pick<StoredUser, 'claims'>): number {
  const until = claims?.[untilMark]
  return typeof until === 'number' ? until : Number.POSITIVE_INFINITY
}
