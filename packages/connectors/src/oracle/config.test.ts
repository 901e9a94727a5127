import { Failure, type JsonObject } from '@gatehouse/core'
import { describe, expect, test } from 'vitest'
import { targetOf, typeChoicesOf } from './config.js'
import { identityOf } from './identity.js'

describe('connection', () => {
  test.each<[string, object]>([
    [
      'oracle://shop:pw@db.example.com/FREEPDB1',
      { connectString: 'tcp://db.example.com:1521/FREEPDB1', password: 'pw' },
    ],
    ['oracles://shop:pw@db:2484/shop.example.com', { connectString: 'tcps://db:2484/shop.example.com' }],
    ['oracle://shop:p@ss/w#rd%@[::1]:1522/X', { connectString: 'tcp://[::1]:1522/X', password: 'p@ss/w#rd%' }],
    ['oracle://shop:a%40b@localhost/X', { password: 'a@b' }],
    ['oracle://shop@localhost/X', { user: 'shop', password: undefined }],
  ])('%s', (connection, target) => {
    expect(targetOf({ connection })).toMatchObject(target)
  })

  test('by its parts', () => {
    const parts = {
      host: 'db',
      service_name: 'X',
      user: 'u',
      password: 'p',
      ssl: { wallet: 'PEM', wallet_password: 'w' },
    }
    expect(targetOf({ connection: parts })).toEqual({
      connectString: 'tcps://db:1521/X',
      user: 'u',
      password: 'p',
      wallet: { content: 'PEM', password: 'w' },
    })
    const whole = '(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=db)(PORT=1521))(CONNECT_DATA=(SID=X)))'
    expect(targetOf({ connection: { connect_string: whole, user: 'u' } }).connectString).toBe(whole)
  })

  test.each<[JsonObject]>([
    [{ connection: 'postgres://u:secret@h/x' }],
    [{ connection: 'oracle://u:secret@h' }],
    [{ connection: 'oracle://:secret@h/x' }],
    [{ connection: 'oracle://u:secret@h:99999/x' }],
    [{ connection: 'oracle://u:secret@h/x)(HOST=evil' }],
    [{ connection: { host: 'a)(b', service_name: 'x', user: 'u', password: 'secret' } }],
    [{ connection: { host: 'h', user: 'u', password: 'secret' } }],
    [{ connection: { service_name: 'x', password: 'secret' } }],
    [{ connection: { service_name: 'x', user: 'u', pasword: 'secret' } }],
    [{ connection: 5 }],
  ])('refuses %j without telling the password', (config) => {
    let failure: unknown
    try {
      targetOf(config)
    } catch (thrown) {
      failure = thrown
    }
    expect(failure).toBeInstanceOf(Failure)
    expect(failure).toMatchObject({ code: 'invalid' })
    expect(String(failure)).not.toContain('secret')
  })
})

test('types are those that are known', () => {
  expect(typeChoicesOf({ date: 'date' })).toEqual({ date: 'date', raw16: 'binary', number1: 'boolean' })
  expect(() => typeChoicesOf({ raw16: 'text' })).toThrow(Failure)
})

describe('identity', () => {
  const caller = {
    id: 'user:7',
    name: 'Ada',
    roles: ['a', 'b'],
    attributes: { db_user: 'ADA', empty: '', odd: 'x]["SYS' },
  }

  test('fills what the configuration asks for', () => {
    const passed = identityOf({
      client_identifier: '{user.id}',
      client_info: '{user.roles}',
      proxy_user: '{user.db_user}',
    })
    expect(passed(caller)).toEqual({ mark: { identifier: 'user:7', info: 'a,b' }, proxy: 'ADA' })
    expect(identityOf(undefined)(caller).proxy).toBeUndefined()
  })

  test.each(['{user.empty}', '{user.odd}', '{user.missing}'])('nobody connects in the name of %s', (proxy_user) => {
    expect(() => identityOf({ proxy_user })(caller)).toThrow(/no identity/)
  })

  test('an identifier that the server would cut off is nobody’s', () => {
    expect(() => identityOf({ client_identifier: 'x'.repeat(65) })(caller)).toThrow(/no identity/)
  })

  test('refuses what it does not know', () => {
    expect(() => identityOf({ set_role: 'x' })).toThrow(Failure)
    expect(() => identityOf('x')).toThrow(Failure)
  })
})
