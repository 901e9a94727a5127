import { hash, randomBytes } from 'node:crypto'

/** A new API key: 256 random bits behind a prefix that secret scanners can look for. Shown once, never kept. */
export function makeKey(): string {
  return `gh_${randomBytes(32).toString('base64url')}`
}

/**
 * What is kept of a key: SHA-256, hex. A fast hash is right here, unlike for passwords: a slow one makes guessing
 * dear, and 256 random bits cannot be guessed however fast the hash is, while every call pays for it.
 */
export function hashKey(text: string): string {
  return hash('sha256', text)
}
