import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A session's token as it is made: `gs_SECRET.EXPIRES.SIGNATURE`. Shown once; the store has the hash of its secret. */
interface MadeToken {
  readonly token: string
  readonly hash: string
}

export interface SessionTokens {
  /** `expires` is in milliseconds since 1970. */
  make(expires: number): MadeToken
  /** The hash to look up, of a token that we signed for this tenant and that has not expired; else undefined. */
  read(token: string, now: number): string | undefined
}

export const sessionPrefix = 'gs_'

/**
 * The signature keeps what was made up away from the store; what opens a session is the 256 random bits, of which the
 * store has a hash only. Neither the store nor the key alone gives anyone a session.
 */
export function createSessionTokens(key: Uint8Array, tenant: string): SessionTokens {
  const sign = (text: string) => createHmac('sha256', key).update(`${tenant}\n${text}`).digest()
  return {
    make(expires) {
      const secret = randomBytes(32).toString('base64url')
      const text = `${secret}.${expires.toString(36)}`
      return { token: `${sessionPrefix}${text}.${sign(text).toString('base64url')}`, hash: hash('sha256', secret) }
    },
    read(token, now) {
      const parts = /^gs_(([\w-]{43})\.([0-9a-z]{1,11}))\.([\w-]{43})$/.exec(token)
      if (!parts) return undefined
      const [, text = '', secret = '', expires = '', signature = ''] = parts
      if (!timingSafeEqual(sign(text), Buffer.from(signature, 'base64url'))) return undefined
      return Number.parseInt(expires, 36) > now ? hash('sha256', secret) : undefined
    },
  }
}
