import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto'
import { Failure } from '@gatehouse/core'
import { deriveKey } from './key-file.js'
import type { Settings } from './settings.js'

/** Encrypts what the store keeps. */
export interface Sealing {
  /** AES-256-GCM with a random nonce; the name is authenticated too, so that no secret can stand in for another. */
  seal(name: string, secret: string): string
  /** Throws `internal` when it was changed, moved to another name, or sealed with a key that is not known. */
  open(name: string, sealed: string): string
  /** True where it was sealed with the key that is used now. */
  isCurrent(sealed: string): boolean
}

/** Secrets by name, encrypted in the store. */
export interface Secrets {
  put(name: string, secret: string): Promise<void>
  get(name: string): Promise<string | undefined>
  remove(name: string): Promise<void>
}

const form = 'v2'

/**
 * Seals with the first key, opens with any. `keys` is asked again when something was sealed with a key that is not
 * known, so that a process that runs hears of a new key by meeting it.
 */
export function createSealing(keys: () => readonly Uint8Array[]): Sealing {
  let known = index(keys())
  const keyOf = (id: string) => {
    const found = known.get(id)
    if (found) return found
    known = index(keys())
    return known.get(id)
  }
  const current = () => {
    known = index(keys())
    const [first] = known
    if (!first) throw new Failure('internal', 'There is no key to seal with')
    return first
  }
  return {
    seal(name, secret) {
      const [id, key] = current()
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name))
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return [form, id, ...[nonce, cipher.getAuthTag(), text].map((part) => part.toString('base64url'))].join('.')
    },
    open(name, sealed) {
      const [version, id = '', nonce = '', tag = '', text = ''] = sealed.split('.')
      try {
        const key = keyOf(id)
        if (version !== form || !key) throw new Error('Unknown form or key of a secret')
        const cipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), { authTagLength: 16 })
        cipher.setAAD(Buffer.from(name)).setAuthTag(Buffer.from(tag, 'base64url'))
        return cipher.update(text, 'base64url', 'utf8') + cipher.final('utf8')
      } catch (cause) {
        throw new Failure('internal', 'A secret cannot be decrypted', {
          hint: 'It was changed, or GATEHOUSE_KEY (or the key file) is not the one that it was encrypted with',
          cause,
        })
      }
    },
    isCurrent: (sealed) => sealed.startsWith(`${form}.${current()[0]}.`),
  }
}

export function createSecrets(settings: Settings, sealing: Sealing): Secrets {
  return {
    put: (name, secret) => settings.set(`secret:${name}`, sealing.seal(name, secret)),
    async get(name) {
      const sealed = await settings.get(`secret:${name}`)
      return sealed === undefined ? undefined : sealing.open(name, sealed)
    },
    remove: (name) => settings.remove(`secret:${name}`),
  }
}

/** Derived keys by a name that tells nothing of them, the one to seal with first. */
function index(keys: readonly Uint8Array[]): ReadonlyMap<string, Uint8Array> {
  return new Map(
    keys.map((key) => {
      const sealing = deriveKey(key, 'secrets')
      return [hash('sha256', Buffer.from(sealing)).slice(0, 12), sealing]
    }),
  )
}
