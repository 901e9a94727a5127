import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** `member`: an access token with which a person acts in another tenant. */
const prefixes = {
  code: 'ghc_',
  access: 'gha_',
  member: 'ghm_',
  refresh: 'ghr_',
  secret: 'ghs_',
  client: 'ghi_',
} as const

/** A new code, token, secret or id: 256 random bits behind a prefix that secret scanners can look for. */
export function makeText(kind: keyof typeof prefixes): string {
  return prefixes[kind] + randomBytes(32).toString('base64url')
}

/** What is kept of it, and what it is looked up by: SHA-256, hex. */
export function hashText(text: string): string {
  return hash('sha256', text)
}

/** True where a bearer token is meant to be an access token of ours: an API key looks otherwise. */
export function looksLikeAccessToken(text: string): boolean {
  return text.startsWith(prefixes.access) || text.startsWith(prefixes.member)
}

/** The token of a member in a header Authorization; undefined for all else. */
export function memberToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(ghm_\S+)$/i.exec(authorization ?? '')?.[1]
}

/** Whether a text has a hash, in a time that tells nothing. */
export function hasHash(text: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(hashText(text), 'hex'), Buffer.from(expected, 'hex'))
}

/** The id of a client that is made here. */
export function makeClientId(): string {
  return makeText('client')
}

/** Shown once, never kept. */
export function makeClientSecret(): string {
  return makeText('secret')
}

/** The id of a grant: never shown to anyone. */
export function makeGrantId(): string {
  return randomBytes(24).toString('base64url')
}
