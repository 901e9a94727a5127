import { Failure } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { targetOf } from './config.js'
import { contextOf } from './identity.js'

const from = (connection: unknown) => targetOf({ connection: connection as string })
const safe = { encrypt: true, trustServerCertificate: false }

describe('where to connect', () => {
  it.each([
    ['sqlserver://sa:p@db:1444/shop', { host: 'db', port: 1444, database: 'shop', user: 'sa', password: 'p', ...safe }],
    ['mssql://db', { host: 'db', port: 1433, ...safe }],
    [
      'sqlserver://sa:p@ss/w#o%rd@db/shop',
      { host: 'db', port: 1433, database: 'shop', user: 'sa', password: 'p@ss/w#o%rd', ...safe },
    ],
    ['sqlserver://sa:p%40@[::1]:1/x', { host: '::1', port: 1, database: 'x', user: 'sa', password: 'p@', ...safe }],
    [
      'sqlserver://u:p@db\\SALES/shop',
      { host: 'db', instance: 'SALES', database: 'shop', user: 'u', password: 'p', ...safe },
    ],
    [
      'sqlserver://u:p@db/shop?encrypt=strict&domain=CORP',
      {
        host: 'db',
        port: 1433,
        database: 'shop',
        user: 'u',
        password: 'p',
        domain: 'CORP',
        encrypt: 'strict',
        trustServerCertificate: false,
      },
    ],
    [
      'sqlserver://db/x?encrypt=false&trust_server_certificate=yes',
      { host: 'db', port: 1433, database: 'x', encrypt: false, trustServerCertificate: true },
    ],
    [{}, { host: 'localhost', port: 1433, ...safe }],
    [
      {
        host: 'db',
        port: 1500,
        database: 'd',
        user: 'u',
        password: 'p',
        ca: 'PEM',
        trust_server_certificate: false,
        encrypt: true,
      },
      { host: 'db', port: 1500, database: 'd', user: 'u', password: 'p', ca: 'PEM', ...safe },
    ],
  ])('%j', (connection, target) => {
    expect(from(connection)).toEqual(target)
  })

  it.each([
    'postgres://u:secret@db/x',
    'sqlserver://u:secret@db:99999/x',
    'sqlserver://u:secret@db/x?encrypt=fasle',
    'sqlserver://u:secret@db/x?trustServerCertificate=true',
    'Server=db;Password=secret',
    { host: 'db', password: 'secret', encrypt: 'maybe' },
    { host: 'db', password: 'secret', pasword: 'secret' },
    { host: ['db'], password: 'secret' },
    7,
  ])('refuses %j, and does not repeat it', (connection) => {
    expect(() => from(connection)).toThrow(Failure)
    try {
      from(connection)
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'invalid' })
      expect(JSON.stringify([(thrown as Failure).message, (thrown as Failure).hint])).not.toContain('secret')
    }
  })
})

describe('who calls', () => {
  const identity = { id: 'user:7', name: 'Ada', roles: ['a', 'b'], attributes: { db_user: 'ada', n: 3, list: [1] } }

  it('fills templates with the attributes of the caller', () => {
    const made = contextOf({
      session_context: { who: '{user.id}/{user.name}', roles: '{user.roles}', all: '{user.claims}', n: '{user.n}' },
      execute_as: '{user.db_user}',
    })
    expect(made?.(identity)).toEqual({
      context: [
        ['who', 'user:7/Ada'],
        ['roles', '["a","b"]'],
        ['all', '{"db_user":"ada","n":3,"list":[1]}'],
        ['n', '3'],
      ],
      user: 'ada',
    })
    expect(contextOf(undefined)).toBeUndefined()
    expect(contextOf({})).toBeUndefined()
    expect(() => contextOf({ session_context: { x: '{user.missing}' } })?.(identity)).toThrow(Failure)
  })

  it.each([
    'x',
    { set_role: 'x' },
    { session_context: 'x' },
    { session_context: { a: 1 } },
    { session_context: { ['k'.repeat(129)]: 'x' } },
    { execute_as: 7 },
  ])('refuses %j', (config) => {
    expect(() => contextOf(config)).toThrow(Failure)
  })
})
