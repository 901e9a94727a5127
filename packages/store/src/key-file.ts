import { hkdfSync, randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { link, mkdir, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '@gatehouse/core'

/**
 * The root key of this installation, 32 bytes, from which keys for all purposes are derived but that of encryption. It
 * never changes: `GATEHOUSE_KEY` (hex or base64) where it is set, else the file, which is made at the first start for
 * its owner alone (mode 0600). Throws `invalid` for a key that is not 32 bytes, and for a file that others may read.
 *
 * After a rotation there are several, the newest first and the root last: lines of the file, or separated by commas.
 */
export async function openKeyFile(path: string, environment: NodeJS.ProcessEnv = process.env): Promise<Uint8Array> {
  if (!readKeys(path, environment)) await makeKeyFile(path)
  const root = readKeys(path, environment)?.at(-1)
  if (!root) throw new Failure('internal', 'The key file cannot be read after it was made')
  return root
}

/** All keys as they are now, the newest first; undefined where there are none yet. Throws as `openKeyFile`. */
export function readKeys(path: string, environment: NodeJS.ProcessEnv = process.env): Uint8Array[] | undefined {
  const given = environment.GATEHOUSE_KEY
  if (given !== undefined && given !== '') return given.split(',').map((text) => keyOf(text, 'GATEHOUSE_KEY'))
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return undefined
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    throw new Failure('invalid', `The key file ${path} can be read by others`, { hint: `chmod 600 ${path}` })
  }
  const lines = readFileSync(path, 'utf8').trim().split(/\s+/)
  return lines.map((text) => keyOf(text, `The key file ${path}`))
}

/** Puts a new key before those of the file. Whoever reads it meanwhile reads the file before or the file after. */
export async function addKey(path: string): Promise<void> {
  const keys = [randomBytes(32), ...(readKeys(path, {}) ?? [])]
  const aside = await writeAside(path, keys)
  await rename(aside, path)
}

/** A key for one purpose (HKDF-SHA-256, RFC 5869), 32 bytes. None is used for two purposes, and none tells another. */
export function deriveKey(key: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, 'gatehouse', purpose, 32))
}

/** Linked into place, so that of two processes one wins. */
async function makeKeyFile(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const aside = await writeAside(path, [randomBytes(32)])
  try {
    await link(aside, path).catch((failed: NodeJS.ErrnoException) => {
      if (failed.code !== 'EEXIST') throw failed
    })
  } finally {
    await unlink(aside)
  }
}

/** A whole file beside the one that it is for: nobody ever reads half a key. */
async function writeAside(path: string, keys: readonly Uint8Array[]): Promise<string> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(aside, 'wx', 0o600)
  try {
    await file.writeFile(keys.map((key) => `${Buffer.from(key).toString('base64')}\n`).join(''))
    await file.sync()
  } finally {
    await file.close()
  }
  return aside
}

function keyOf(text: string, source: string): Uint8Array {
  const trimmed = text.trim()
  const key = Buffer.from(trimmed, /^[0-9a-f]{64}$/i.test(trimmed) ? 'hex' : 'base64')
  if (key.length !== 32) {
    throw new Failure('invalid', `${source} is not a key of 32 bytes`, {
      hint: 'Make one with: openssl rand -base64 32',
    })
  }
  return new Uint8Array(key)
}
