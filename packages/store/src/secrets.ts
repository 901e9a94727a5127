import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { Failure } from '@gatehouse/core'
import { deriveKey } from './key-file.js'
import type { Settings } from './settings.js'

/** Secrets by name, encrypted in the store. */
export interface Secrets {
  put(name: string, secret: string): Promise<void>
  /** Throws `internal` when the secret was changed, moved to another name, or encrypted with another key. */
  get(name: string): Promise<string | undefined>
  remove(name: string): Promise<void>
}

const form = 'v1'

/** AES-256-GCM with a random nonce; the name is authenticated too, so that no secret can stand in for another. */
export function createSecrets(settings: Settings, key: Uint8Array): Secrets {
  const sealing = deriveKey(key, 'secrets')
  return {
    put: (name, secret) => settings.set(`secret:${name}`, seal(sealing, name, secret)),
    async get(name) {
      const sealed = await settings.get(`secret:${name}`)
      return sealed === undefined ? undefined : unseal(sealing, name, sealed)
    },
    remove: (name) => settings.remove(`secret:${name}`),
  }
}

function seal(key: Uint8Array, name: string, secret: string): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name))
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
  return [form, ...[nonce, cipher.getAuthTag(), text].map((part) => part.toString('base64url'))].join('.')
}

function unseal(key: Uint8Array, name: string, sealed: string): string {
  const [version, nonce = '', tag = '', text = ''] = sealed.split('.')
  try {
    if (version !== form) throw new Error('Unknown form of a secret')
    const cipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), { authTagLength: 16 })
    cipher.setAAD(Buffer.from(name)).setAuthTag(Buffer.from(tag, 'base64url'))
    return cipher.update(text, 'base64url', 'utf8') + cipher.final('utf8')
  } catch (cause) {
    throw new Failure('internal', 'A secret cannot be decrypted', {
      hint: 'It was changed, or GATEHOUSE_KEY (or the key file) is not the one that it was encrypted with',
      cause,
    })
  }
}
