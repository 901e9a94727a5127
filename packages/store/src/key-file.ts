import { hkdfSync, randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '@gatehouse/core'

/**
 * The key of this installation, 32 bytes: `GATEHOUSE_KEY` (hex or base64) where it is set, else the file, which is made
 * at the first start for its owner alone (mode 0600). Throws `invalid` for a key that is not 32 bytes, and for a file
 * that others may read.
 */
export async function openKeyFile(path: string, environment: NodeJS.ProcessEnv = process.env): Promise<Uint8Array> {
  const given = environment.GATEHOUSE_KEY
  if (given !== undefined && given !== '') return keyOf(given, 'GATEHOUSE_KEY')
  const kept = await readKey(path)
  if (kept) return kept
  await makeKey(path)
  const made = await readKey(path)
  if (!made) throw new Failure('internal', 'The key file cannot be read after it was made')
  return made
}

/** A key for one purpose (HKDF-SHA-256, RFC 5869), 32 bytes. None is used for two purposes, and none tells another. */
export function deriveKey(key: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, 'gatehouse', purpose, 32))
}

async function readKey(path: string): Promise<Uint8Array | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (!found) return undefined
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    throw new Failure('invalid', `The key file ${path} can be read by others`, { hint: `chmod 600 ${path}` })
  }
  return keyOf(await readFile(path, 'utf8'), `The key file ${path}`)
}

/** Written aside and linked into place: nobody ever reads half a key, and of two processes one wins. */
async function makeKey(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(aside, 'wx', 0o600)
  try {
    await file.writeFile(`${randomBytes(32).toString('base64')}\n`)
    await file.sync()
    await link(aside, path).catch((failed: NodeJS.ErrnoException) => {
      if (failed.code !== 'EEXIST') throw failed
    })
  } finally {
    await file.close()
    await unlink(aside)
  }
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
