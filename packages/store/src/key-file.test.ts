import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { deriveKey, openKeyFile } from './key-file.js'

const directory = mkdtempSync(join(tmpdir(), 'key-file-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe('openKeyFile', () => {
  it('makes one key for all who start at once, for its owner alone', async () => {
    const path = join(directory, 'made', 'key')
    const keys = await Promise.all(Array.from({ length: 5 }, () => openKeyFile(path, {})))
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1)
    expect(keys[0]).toHaveLength(32)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(directory, 'made'))).toEqual(['key'])
    expect(await openKeyFile(path, {})).toEqual(keys[0])
  })

  it('takes the key of the environment and makes no file then', async () => {
    const path = join(directory, 'none')
    const bytes = new Uint8Array(32).fill(171)
    expect(await openKeyFile(path, { GATEHOUSE_KEY: 'ab'.repeat(32) })).toEqual(bytes)
    expect(await openKeyFile(path, { GATEHOUSE_KEY: Buffer.from(bytes).toString('base64') })).toEqual(bytes)
    expect(existsSync(path)).toBe(false)
    await expect(openKeyFile(path, { GATEHOUSE_KEY: 'too short' })).rejects.toThrow('GATEHOUSE_KEY is not a key')
  })

  it('refuses a file that others may read', async () => {
    const path = join(directory, 'open')
    writeFileSync(path, Buffer.alloc(32, 1).toString('base64'))
    chmodSync(path, 0o644)
    await expect(openKeyFile(path, {})).rejects.toMatchObject({ code: 'invalid', hint: `chmod 600 ${path}` })
  })
})

describe('deriveKey', () => {
  it('gives each purpose a key of its own, always the same', () => {
    const key = Buffer.alloc(32, 1)
    expect(deriveKey(key, 'mask')).toEqual(deriveKey(key, 'mask'))
    expect(deriveKey(key, 'mask')).not.toEqual(deriveKey(key, 'secrets'))
    expect(deriveKey(key, 'mask')).toHaveLength(32)
  })
})
