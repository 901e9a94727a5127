import { Failure, type JsonObject } from '@gatehouse/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { targetOf as ftp } from './ftp/config.js'
import { targetOf as mongodb } from './mongodb/config.js'
import { targetOf as mysql } from './mysql/config.js'
import { targetOf as oracle } from './oracle/config.js'
import { targetOf as postgres } from './postgres/config.js'
import { targetOf as sftp } from './sftp/config.js'
import { targetOf as sqlserver } from './sqlserver/config.js'
import { targetOf as webdav } from './webdav/config.js'

interface Target {
  readonly host: string
  readonly user: string | undefined
  readonly password: string | undefined
}

interface Kind {
  readonly scheme: string
  readonly path: string
  /** As the connector reads it. Throws `invalid`. */
  read(connection: string): Target
}

const read =
  (targetOf: (config: JsonObject) => Partial<Target>) =>
  (connection: string): Target => {
    const { host = '', user, password } = targetOf({ connection, insecure_host_key: true })
    return { host, user, password }
  }

const databases: readonly Kind[] = [
  { scheme: 'postgres', path: 'db', read: read(postgres) },
  { scheme: 'mysql', path: 'db', read: read(mysql) },
  { scheme: 'sqlserver', path: 'db', read: read(sqlserver) },
  {
    scheme: 'oracle',
    path: 'db',
    read(connection) {
      const { connectString, user, password } = oracle({ connection })
      return { host: new URL(connectString).hostname, user, password }
    },
  },
  {
    scheme: 'mongodb',
    path: 'db',
    read(connection) {
      // The driver's own reader of URLs takes credentials in this form alone.
      const [, user = '', password = '', host = ''] =
        /^mongodb:\/\/([^@:/?#]*):([^@:/?#]*)@([^@:/?#]*):2000\/db$/.exec(mongodb({ connection }).url) ?? []
      return { host, user: decodeURIComponent(user), password: decodeURIComponent(password) }
    },
  },
]
const storages: readonly Kind[] = [
  { scheme: 'ftp', path: 'a/b', read: read(ftp) },
  { scheme: 'sftp', path: 'a/b', read: read(sftp) },
  {
    scheme: 'https',
    path: 'a/b',
    read(connection) {
      const { url, user, password } = webdav({ connection })
      return { host: url.hostname, user, password }
    },
  },
]

const text = fc.string({ unit: 'grapheme', minLength: 1 })
/** What people's passwords are made of, most of it with a meaning in a URL. */
const pasted = fc
  .string({ unit: fc.constantFrom(...'@/#?:%&=+\\[]. 127aü'), minLength: 1 })
  .filter((password) => !/%[\da-f]{2}/i.test(password))

function readOrRefused(kind: Kind, connection: string): Target | undefined {
  try {
    return kind.read(connection)
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Failure)
    expect(thrown).toMatchObject({ code: 'invalid' })
    return undefined
  }
}

describe.each([...databases, ...storages])('$scheme', (kind) => {
  const { scheme, path } = kind

  test('any user and password come back that are percent-encoded', () => {
    // No user of HTTP has a colon in its name.
    const name = scheme === 'https' ? text.filter((user) => !user.includes(':')) : text
    fc.assert(
      fc.property(name, text, (user, password) => {
        const url = `${scheme}://${encodeURIComponent(user)}:${encodeURIComponent(password)}@host:2000/${path}`
        expect(kind.read(url)).toEqual({ host: 'host', user, password })
      }),
    )
  })

  test('a password that is pasted comes back or is refused, and never leads to another host', () => {
    fc.assert(
      fc.property(pasted, (password) => {
        const target = readOrRefused(kind, `${scheme}://me:${password}@host:2000/${path}`)
        expect(target ?? { host: 'host', user: 'me', password }).toEqual({ host: 'host', user: 'me', password })
      }),
      { numRuns: 1000 },
    )
  })
})

describe.each(databases)('$scheme', (kind) => {
  test('every password is taken as it is pasted', () => {
    fc.assert(
      fc.property(pasted, (password) => {
        expect(kind.read(`${kind.scheme}://me:${password}@host:2000/db`).password).toBe(password)
      }),
    )
  })
})

describe.each(storages)('$scheme', (kind) => {
  const { scheme } = kind

  test.each(['p/w', 'p#w', 'p?w', 'p@w', 'a/b#c?d', 'p:w', '@', 'ü'])('takes %s as it is pasted', (password) => {
    expect(kind.read(`${scheme}://me:${password}@host/a`)).toEqual({ host: 'host', user: 'me', password })
  })

  test.each(['me:p@ss/w@host/a', 'me:2000/w@host/a', 'me:p@host/a@b', 'm/e:p@host/a'])(
    'refuses //%s, and says what to do',
    (rest) => {
      expect(() => kind.read(`${scheme}://${rest}`)).toThrow(
        expect.objectContaining({
          code: 'invalid',
          message: expect.stringContaining('`@`'),
          hint: expect.stringContaining('%40'),
        }),
      )
    },
  )

  test('folders may have an @ in their names', () => {
    expect(kind.read(`${scheme}://me:p@host/a%40b`).host).toBe('host')
  })
})

test('a folder with an @, where there is no password that it could be of', () => {
  const { host, root } = ftp({ connection: 'ftp://host/a@b' })
  expect([host, root]).toEqual(['host', '/a@b'])
  expect(webdav({ connection: 'https://me@host/a@b' }).url.href).toBe('https://host/a@b/')
})
