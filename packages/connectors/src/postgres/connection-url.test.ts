import { Failure } from '@gatehouse/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { targetOf } from './config.js'

describe('targetOf', () => {
  it('reads a URL', () => {
    expect(targetOf({ connection: 'postgresql://me:secret@db.example:6543/sales?sslmode=verify-full' })).toEqual({
      host: 'db.example',
      port: 6543,
      database: 'sales',
      user: 'me',
      password: 'secret',
      ssl: { rejectUnauthorized: true },
    })
    expect(targetOf({ connection: 'postgres://me@[::1]' })).toEqual({
      host: '::1',
      port: 5432,
      database: 'me',
      user: 'me',
      password: undefined,
      ssl: false,
    })
  })

  it('takes any password, percent-encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (password) => {
        const url = `postgres://me:${encodeURIComponent(password)}@host:5432/db`
        expect(targetOf({ connection: url }).password).toBe(password)
      }),
    )
  })

  it.each(['p@ss', 'a/b', 'a#b', 'a?b', 'a:b@c/d#e', 'grün', '100%'])('takes %s as it was pasted', (password) => {
    expect(targetOf({ connection: `postgres://me:${password}@host:5432/db` })).toMatchObject({ password, host: 'host' })
  })

  it('reads parts', () => {
    const ssl = { ca: 'PEM', reject_unauthorized: false }
    expect(targetOf({ connection: { host: 'h', user: 'u', password: 'p@/#', database: 'd', ssl } })).toEqual({
      host: 'h',
      port: 5432,
      database: 'd',
      user: 'u',
      password: 'p@/#',
      ssl: { rejectUnauthorized: false, ca: 'PEM' },
    })
  })

  it.each([
    'mysql://me:hunter2@host/db',
    'postgres://me:hunter2@host:99999/db',
    'postgres://me:hunter2@host:port/db',
    'postgres://:hunter2@host/db',
    'postgres://me:hunter2@host/db?sslmode=hunter2',
    { user: 'me', passwort: 'hunter2' },
    { password: 'hunter2' },
    7,
  ])('refuses %j without a word of it', (connection) => {
    let thrown: unknown
    try {
      targetOf({ connection })
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(Failure)
    expect(thrown).toMatchObject({ code: 'invalid' })
    expect(String(thrown)).not.toContain('hunter2')
  })
})
