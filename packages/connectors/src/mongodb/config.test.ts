import { Failure } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { targetOf, usesMachine } from './config.js'
import { mongodb } from './index.js'

const settings = {
  name: 'shop',
  timeoutMs: 1000,
  readOnly: false,
  pool: { max: 1, idleMs: 1000 },
  schemas: [],
  tables: { include: ['*'], exclude: [] },
  maskKey: '',
}

describe('the connection', () => {
  it('is a URL, or its parts', () => {
    const url = 'mongodb://user:secret@localhost:27017/shop?replicaSet=rs0'
    expect(targetOf({ connection: url })).toEqual({ url, options: {}, database: undefined, sampleSize: 500 })
    const parts = { host: 'db', database: 'shop', user: 'u', password: 'p@:/#ü', replica_set: 'rs0', ssl: true }
    expect(targetOf({ connection: parts, sample_size: 20 })).toEqual({
      url: 'mongodb://db:27017/',
      database: 'shop',
      options: { auth: { username: 'u', password: 'p@:/#ü' }, authSource: 'admin', replicaSet: 'rs0', tls: true },
      sampleSize: 20,
    })
  })

  it.each([
    ['p@ss/w#rd', 'p%40ss%2Fw%23rd'],
    ['100%', '100%25'],
    ['p%40ss', 'p%40ss'],
    ['ü:x', '%C3%BC%3Ax'],
  ])('takes the password %s as it is pasted', (password, encoded) => {
    const { url } = targetOf({ connection: `mongodb+srv://user:${password}@db.example.com/shop?tls=true` })
    expect(url).toBe(`mongodb+srv://user:${encoded}@db.example.com/shop?tls=true`)
  })

  it.each([
    ['http://user:secret@localhost/shop'],
    ['mongodb://user:secret@localhost:99999999/shop'],
    [{ host: 'evil@secret', database: 'shop' }],
    [{ host: 'db', port: 'secret', database: 'shop' }],
    [{ host: 'db' }],
    ['mongodb://user:secret@localhost:27017/?replicaSet=rs0'],
  ])('never shows in what is wrong with it: %o', async (connection) => {
    const failed = await Promise.resolve()
      .then(() => mongodb.connect({ connection }, settings))
      .catch((thrown: unknown) => thrown)
    expect(failed).toBeInstanceOf(Failure)
    if (!(failed instanceof Failure)) return
    expect(failed.code).toBe('invalid')
    expect(`${failed.message} ${failed.hint} ${failed.stack} ${String(failed.cause)}`).not.toMatch(
      /secret|sec@ret|evil/,
    )
  })

  it.each([
    ['mongodb://u:p@db/shop?tlsCAFile=/etc/ca.pem', true],
    ['mongodb://u:p@db/shop?tls=true&tlsCertificateKeyFile=x', true],
    ['mongodb://db/shop?authMechanism=MONGODB-AWS', true],
    ['mongodb://%2Ftmp%2Fmongodb-27017.sock/shop', true],
    ['mongodb://u:p?file=@db/shop', false],
    ['mongodb+srv://u:p@db.example.com/shop?authMechanism=SCRAM-SHA-256&replicaSet=rs0', false],
  ])('%s uses the machine itself: %s', (connection, uses) => {
    expect(usesMachine({ connection })).toBe(uses)
  })

  it('is unavailable while nobody answers', async () => {
    const connector = await mongodb.connect(
      { connection: 'mongodb://127.0.0.1:1/shop?serverSelectionTimeoutMS=100' },
      settings,
    )
    const failed = await connector.introspect(new AbortController().signal).catch((thrown: unknown) => thrown)
    expect(failed).toMatchObject({ code: 'unavailable', retryAfter: 1 })
    await connector.close()
  })
})
