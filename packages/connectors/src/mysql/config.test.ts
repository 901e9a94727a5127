import { Failure } from '@gatehouse/core'
import { expect, test } from 'vitest'
import { targetOf } from './config.js'

test.each([
  ['mysql://u:p@h:3307/d', { host: 'h', port: 3307, user: 'u', password: 'p', database: 'd' }],
  ['mariadb://u@h/d', { host: 'h', port: 3306, user: 'u', database: 'd' }],
  [
    'mysql://u:p%40ss%2Fw%23rd%3A%C3%BC@h/d',
    { host: 'h', port: 3306, user: 'u', password: 'p@ss/w#rd:ü', database: 'd' },
  ],
  ['mysql://u:p@ss/w#rd:ü?100%@h/d', { host: 'h', port: 3306, user: 'u', password: 'p@ss/w#rd:ü?100%', database: 'd' }],
  ['mysql://u:@[::1]:3306/', { host: '::1', port: 3306, user: 'u', password: '' }],
  ['mysql://h/d?ssl=true', { host: 'h', port: 3306, database: 'd', ssl: { rejectUnauthorized: true } }],
  ['mysql://h/d?ssl-mode=REQUIRED', { host: 'h', port: 3306, database: 'd', ssl: { rejectUnauthorized: false } }],
  [
    'mysql://u@localhost/d?socket=%2Frun%2Fm.sock',
    { host: 'localhost', port: 3306, user: 'u', database: 'd', socketPath: '/run/m.sock' },
  ],
])('%s', (connection, target) => {
  expect(targetOf({ connection })).toEqual(target)
})

test('parts', () => {
  expect(
    targetOf({ connection: { host: 'h', port: 3307, user: 'u', password: 'a@b', database: 'd', ssl: { ca: 'PEM' } } }),
  ).toEqual({
    host: 'h',
    port: 3307,
    user: 'u',
    password: 'a@b',
    database: 'd',
    ssl: { rejectUnauthorized: true, ca: 'PEM' },
  })
})

test.each([
  ['postgres://u:secret@h/d'],
  ['mysql://u:secret@h:99999/d'],
  ['mysql://u:secret@h:port/d'],
  [{ host: 'h', passwort: 'secret' }],
  [{ host: 'h', port: 'secret' }],
  [7],
])('%o is refused, and shows nothing of itself', (connection) => {
  let thrown: unknown
  try {
    targetOf({ connection })
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(Failure)
  expect(thrown instanceof Failure && `${thrown.code} ${thrown.message} ${thrown.hint}`).toMatch(
    /^invalid (?!.*secret)/,
  )
})
