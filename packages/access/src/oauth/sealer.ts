import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { isJsonObject, type JsonObject, type JsonValue } from '@gatehouse/core'

/** What others keep for us and can neither read nor change, nor use for anything but its purpose. */
export interface Sealer {
  seal(purpose: string, value: JsonObject, expires: number): string
  /** Undefined for what was changed, has expired, or was sealed for another purpose. */
  open(purpose: string, sealed: string): JsonObject | undefined
}

/** AES-256-GCM under a key of its own; the purpose is authenticated with it. */
export function createSealer(key: Uint8Array, now: () => number): Sealer {
  const sealing = new Uint8Array(hkdfSync('sha256', key, 'gatehouse', 'oauth seal', 32))
  return {
    seal(purpose, value, expires) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(purpose))
      const text = Buffer.concat([cipher.update(JSON.stringify({ value, expires }), 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')
    },
    open(purpose, sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length < 28) return undefined
      try {
        const cipher = createDecipheriv('aes-256-gcm', sealing, bytes.subarray(0, 12), { authTagLength: 16 })
        cipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(12, 28))
        const text = cipher.update(bytes.subarray(28), undefined, 'utf8') + cipher.final('utf8')
        const held = JSON.parse(text) as JsonValue
        if (!isJsonObject(held) || !isJsonObject(held.value) || Number(held.expires) <= now()) return undefined
        return held.value
      } catch {
        return undefined
      }
    },
  }
}
