import { createServer } from 'node:net'
import type { InsertPlan, Scalar } from '@gatehouse/core'
import { describe, expect, test } from 'vitest'
import { failureOf } from '../testing/failure-of.js'
import { oracle } from './index.js'
import { lobText } from './lob.js'
import { type Answer, rowsOf } from './testing/recording.js'
import { context, equals, openShop, page, project, type ShopOptions, settings } from './testing/shop.js'

/** As the driver throws it. */
function oraError(number: number, message: string): Error {
  const code = `ORA-${String(number).padStart(5, '0')}`
  return Object.assign(new Error(`${code}: ${message}`), { errorNum: number, code })
}
function driverError(code: string, message = 'of the driver'): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code })
}

async function open(answer?: Answer, more: ShopOptions = {}) {
  const shop = await openShop({ ...(answer ? { answer } : {}), ...more })
  shop.connections.statements.length = 0
  return shop
}

const insert = (table: string, row: Record<string, Scalar>, more: Partial<InsertPlan> = {}): InsertPlan => ({
  kind: 'insert',
  table,
  rows: [new Map(Object.entries(row))],
  upsert: false,
  mode: 'rollback',
  returning: project('ID'),
  numbers: 'number',
  single: true,
  ...more,
})

function textOf(result: object): string {
  return 'text' in result ? (typeof result.text === 'string' ? result.text : String(result.text)) : ''
}

describe('binds', () => {
  test('are of the types that the driver sends, and RETURNING answers as a row', async () => {
    const shop = await open((text) => (text.startsWith('INSERT') ? { affected: 1, out: [['81']] } : undefined))
    const row = {
      A_BOOLEAN: true,
      A_BIGINT: 9_007_199_254_740_993n,
      A_DECIMAL: '1234567890123456789012345678.0123456789',
      A_DOUBLE: 0.1,
      A_TEXT: "it's",
      A_RAW: new Uint8Array([0, 255]),
      A_DATE: '2026-01-31T00:00:00',
      A_ZONED: '2026-01-31T11:59:59.123456Z',
      A_JSON: '{"a":1}',
      A_CLOB: null,
    }
    const result = await shop.run(insert('EVERY_TYPE', row))
    expect(textOf(result)).toBe('[{"ID":81}]')
    const [{ text, values } = { text: '', values: [] }, ...more] = shop.connections.statements
    expect(more).toEqual([])
    expect(values).toEqual([
      1,
      '9007199254740993',
      '1234567890123456789012345678.0123456789',
      { double: 0.1 },
      "it's",
      Buffer.from([0, 255]),
      '2026-01-31T00:00:00.0',
      '2026-01-31T11:59:59.123456',
      '{"a":1}',
      null,
      { out: 'text' },
    ])
    expect(text).toContain(`TO_BOOLEAN(:1), TO_NUMBER(:2), TO_NUMBER(:3), :4, :5, :6`)
    expect(text).toContain('RETURNING "t0"."ID" INTO :11')
  })

  test('what RETURNING cannot tell is asked for by the key that it tells', async () => {
    const shop = await open((text) => {
      if (text.startsWith('INSERT')) return { affected: 1, out: [['81']] }
      return text.startsWith('SELECT') ? { rows: [['81', 'a long text']] } : undefined
    })
    const result = await shop.run(insert('ORDERS', { NOTE: 'a long text' }, { returning: project('ID', 'NOTE') }))
    expect(textOf(result)).toBe('[{"ID":81,"NOTE":"a long text"}]')
    expect(shop.connections.statements.map(({ text }) => text.split(' ')[0])).toEqual([
      'SAVEPOINT',
      'INSERT',
      'SELECT',
      'COMMIT',
    ])
    expect(shop.connections.statements[2]?.values).toEqual(['81'])
  })

  test('rows that an update or a delete touched come back from lists', async () => {
    const out = [
      ['1', '2'],
      ['a', null],
    ]
    const shop = await open((text) => (/^(UPDATE|DELETE)/.test(text) ? { affected: 2, out } : undefined))
    const customers = shop.table('CUSTOMERS')
    const write = { table: 'CUSTOMERS', mode: 'rollback', numbers: 'number', single: false } as const
    const result = await shop.run({
      ...write,
      kind: 'update',
      keyColumns: ['ID'],
      reset: [],
      returning: project('ID', 'EMAIL'),
      changes: [{ by: 'filter', filter: equals(customers, 'COUNTRY', 'DE'), set: new Map([['COUNTRY', 'FR']]) }],
    })
    expect(textOf(result)).toBe('[{"ID":1,"EMAIL":"a"},{"ID":2,"EMAIL":null}]')
    const gone = await shop.run({
      ...write,
      kind: 'delete',
      keyColumns: ['ID'],
      returning: project('ID', 'EMAIL'),
      targets: { by: 'filter' },
    })
    expect(textOf(gone)).toBe('[{"ID":1,"EMAIL":"a"},{"ID":2,"EMAIL":null}]')
  })
})

describe('values', () => {
  test('look as they do from other databases', async () => {
    const raw = {
      A_BOOLEAN: '1',
      AN_INTEGER: '-7',
      A_BIGINT: '9223372036854775807',
      A_DECIMAL: '.5',
      A_NUMBER: '-.25',
      A_DOUBLE: 1.7976931348623157e308,
      A_TEXT: 'Grüße "世界" \u0001',
      A_RAW: Buffer.from([0, 1, 255, 128]),
      A_TIMESTAMP: '2026-01-31T13:59:59.500000000',
      A_ZONED: '2026-01-31T11:59:59.123456000Z',
      A_TIME: '07:05:00.125000000',
      A_JSON: '{"a":[1,2.50]}',
      A_CLOB: null,
    }
    const shop = await open((text) => (text.startsWith('SELECT') ? { rows: [Object.values(raw)] } : undefined))
    const result = await shop.run(page(shop.table('EVERY_TYPE'), { columns: project(...Object.keys(raw)) }))
    expect(textOf(result)).toBe(
      '[{"A_BOOLEAN":true,"AN_INTEGER":-7,"A_BIGINT":9223372036854775807,"A_DECIMAL":0.5000000000,"A_NUMBER":-0.25,' +
        '"A_DOUBLE":1.7976931348623157e+308,"A_TEXT":"Grüße \\"世界\\" \\u0001","A_RAW":"AAH/gA==",' +
        '"A_TIMESTAMP":"2026-01-31T13:59:59.5","A_ZONED":"2026-01-31T11:59:59.123456Z","A_TIME":"07:05:00.125",' +
        '"A_JSON":{"a":[1,2.50]},"A_CLOB":null}]',
    )
  })

  test('a page says whether there is more, and where it ended', async () => {
    const rows = Array.from({ length: 4 }, (_, i) => [String(i + 1), String(i + 1)])
    const shop = await open((text) => (text.startsWith('SELECT') ? { rows } : undefined))
    const plan = page(shop.table('CUSTOMERS'), { columns: project('ID'), limit: 3, keyset: true })
    expect(await shop.run(plan)).toMatchObject({ rows: 3, more: true, last: [3n] })
  })

  test('an empty text is NULL, for filters too', async () => {
    const shop = await open()
    const customers = shop.table('CUSTOMERS')
    const empty = equals(customers, 'EMAIL', '')
    const other = { ...equals(customers, 'EMAIL', ''), op: '!=' } as typeof empty
    await shop.run(page(customers, { filter: { kind: 'and', filters: [empty, { kind: 'not', filter: other }] } }))
    const [{ text, values } = { text: '', values: [] }] = shop.connections.statements
    expect(text).toContain('("t0"."EMAIL" IS NULL AND NOT ("t0"."EMAIL" IS NOT NULL))')
    expect(values).toEqual([])
    // A policy whose attribute is empty lets nothing through.
    await shop.run(page(customers, { policy: empty }))
    expect(shop.connections.statements[1]).toMatchObject({ values: [''] })
  })
})

describe('errors', () => {
  test.each([
    [1, 'unique constraint (SHOP.CUSTOMERS_EMAIL) violated', 'conflict', 'Must be unique: EMAIL'],
    [
      1,
      'unique constraint (SHOP.CUSTOMERS_PK) violated on table SHOP.CUSTOMERS columns (ID)',
      'conflict',
      'Must be unique: ID',
    ],
    [
      2291,
      'integrity constraint (SHOP.ORDERS_CUSTOMER) violated - parent key not found',
      'conflict',
      'Refers by: CUSTOMER_ID',
    ],
    [2292, 'integrity constraint (SHOP.ORDERS_CUSTOMER) violated - child record found', 'conflict', undefined],
    [1400, 'cannot insert NULL into ("SHOP"."CUSTOMERS"."NAME")', 'unprocessable', 'Required: NAME'],
    [
      12899,
      'value too large for column "SHOP"."CUSTOMERS"."COUNTRY" (actual: 30, maximum: 20)',
      'unprocessable',
      'Too long: COUNTRY',
    ],
    [1438, 'value larger than specified precision allowed for this column', 'unprocessable', undefined],
    [2290, 'check constraint (SHOP.KNOWN_SEGMENT) violated', 'unprocessable', 'The rule is called KNOWN_SEGMENT'],
    [1722, 'invalid number', 'unprocessable', undefined],
    [20001, 'secret of a trigger', 'unprocessable', undefined],
    [942, 'table or view does not exist', 'unavailable', 'The catalog is read again soon'],
    [1017, 'invalid username/password; logon denied', 'unavailable', undefined],
    [12541, 'TNS:no listener', 'unavailable', undefined],
    [3113, 'end-of-file on communication channel', 'unavailable', undefined],
    [3135, 'connection lost contact', 'unavailable', undefined],
    [1031, 'insufficient privileges', 'forbidden', undefined],
    [54, 'resource busy', 'conflict', 'Try again'],
    [60, 'deadlock detected while waiting for resource', 'conflict', 'Try again'],
    [932, 'inconsistent datatypes', 'invalid', undefined],
    [1013, 'user requested cancel of current operation', 'timeout', 'Ask for less, or narrow the filter'],
    [7445, 'exception encountered: core dump', 'internal', undefined],
  ])('ORA-%i (%s) is %s', async (number, message, code, hint) => {
    const shop = await open((text) => {
      if (text.startsWith('INSERT')) throw oraError(number, message)
      return undefined
    })
    const failure = await failureOf(shop.run(insert('CUSTOMERS', { NAME: 'x' })))
    expect([failure.code, failure.hint]).toEqual([code, hint])
    expect(`${failure.message} ${failure.hint}`).not.toMatch(/ORA-|SHOP|secret|actual/)
    expect(failure.cause).toBeInstanceOf(Error)
  })

  test.each([
    ['NJS-500', 'unavailable'],
    ['NJS-501', 'unavailable'],
    ['NJS-510', 'unavailable'],
    ['NJS-123', 'timeout'],
    ['NJS-116', 'unavailable'],
    ['NJS-999', 'internal'],
  ])('the driver’s own %s is %s', async (code, expected) => {
    const shop = await open((text) => {
      if (text.startsWith('INSERT')) throw driverError(code)
      return undefined
    })
    expect((await failureOf(shop.run(insert('CUSTOMERS', { NAME: 'x' })))).code).toBe(expected)
  })

  test('what a message quotes is for no log either', async () => {
    const shop = await open((text) => {
      if (text.startsWith('INSERT'))
        throw oraError(1, "unique constraint (SHOP.X) violated, duplicate key 'ada@example.com'")
      return undefined
    })
    const { cause } = await failureOf(shop.run(insert('CUSTOMERS', { NAME: 'x' })))
    expect(String(cause)).toBe('Error: ORA-00001')
  })

  test('a LOB beyond the limit is too large, and not read', async () => {
    const shop = await open((text) => {
      if (text.includes('"NOTE"')) throw oraError(1476, 'divisor is equal to zero')
      return undefined
    })
    expect((await failureOf(shop.run(page(shop.table('ORDERS'))))).code).toBe('too_large')
    let destroyed = false
    const lob = {
      length: 20_000_000,
      destroy: () => {
        destroyed = true
      },
      async *[Symbol.asyncIterator]() {
        yield 'never'
      },
    }
    expect((await failureOf(lobText(lob))).code).toBe('too_large')
    expect(destroyed).toBe(true)
  })

  test('a LOB is read piece by piece', async () => {
    const lob = (pieces: unknown[]) => ({
      length: 6,
      destroy: () => undefined,
      async *[Symbol.asyncIterator]() {
        yield* pieces
      },
    })
    expect(await lobText(lob(['abc', 'def']))).toBe('abcdef')
    expect(await lobText(lob([Buffer.from([1]), Buffer.from([2, 3])]))).toEqual(Buffer.from([1, 2, 3]))
  })
})

describe('transactions', () => {
  test('commit what a statement of its own did in the same round trip', async () => {
    const commits: (boolean | undefined)[] = []
    const shop = await open((text, _, options) => {
      commits.push(options.commit)
      return text.startsWith('INSERT') ? { affected: 1, out: [['1']] } : undefined
    })
    await shop.run(insert('CUSTOMERS', { NAME: 'x' }))
    await shop.run(page(shop.table('CUSTOMERS')))
    expect(commits).toEqual([true, undefined])
  })

  test('undo all when one record fails, and one record when the rest goes on', async () => {
    const shop = await open((text, values) => {
      if (!text.startsWith('INSERT')) return undefined
      if (values[0] === 'b') throw oraError(1400, 'cannot insert NULL into ("SHOP"."CUSTOMERS"."NAME")')
      return { affected: 1, out: [['1']] }
    })
    const rows = [new Map([['NAME', 'a']]), new Map([['NAME', 'b']])]
    const words = () => shop.connections.statements.splice(0).map(({ text }) => /^(ROLLBACK TO|\w+)/.exec(text)?.[0])
    await failureOf(shop.run(insert('CUSTOMERS', {}, { rows, single: false })))
    expect(words().at(-1)).toBe('ROLLBACK')
    const failure = await failureOf(shop.run(insert('CUSTOMERS', {}, { rows, single: false, mode: 'continue' })))
    expect(failure.batch?.failed).toEqual([1])
    const sent = words()
    expect(sent.filter((word) => word === 'ROLLBACK TO').length).toBeGreaterThan(0)
    expect(sent.at(-1)).toBe('COMMIT')
  })

  test('nothing is left on a connection whose time was over', async () => {
    const shop = await open((text) => {
      if (text.startsWith('INSERT')) throw driverError('NJS-123', 'call timeout of 5 ms exceeded')
      return undefined
    })
    const [connection] = shop.connections.connections
    const rows = [new Map([['NAME', 'a']]), new Map([['NAME', 'b']])]
    expect((await failureOf(shop.run(insert('CUSTOMERS', {}, { rows, single: false })))).code).toBe('timeout')
    expect(shop.connections.statements.at(-1)?.text).toBe('ROLLBACK')
    expect(connection?.closed).toBe(false)
    // One that cannot undo it is not used again.
    const execute = connection?.execute
    if (connection && execute) {
      connection.execute = async (text, values, options) => {
        if (text === 'ROLLBACK') throw driverError('NJS-500')
        return execute(text, values, options)
      }
    }
    await failureOf(shop.run(insert('CUSTOMERS', {}, { rows, single: false })))
    expect(connection?.closed).toBe(true)
  })

  test('a dry run is rolled back', async () => {
    const shop = await open((text) => (text.startsWith('INSERT') ? { affected: 1, out: [['1']] } : undefined))
    expect(await shop.run(insert('CUSTOMERS', { NAME: 'x' }, { dryRun: true }))).toEqual({
      kind: 'dry_run',
      affected: 1,
    })
    expect(shop.connections.statements.at(-1)?.text).toBe('ROLLBACK')
  })

  test('a plan comes out of the session’s own table, and goes again', async () => {
    const shop = await open((text) => (text.includes('PLAN_TABLE') ? { rows: [['42', '7']] } : undefined))
    expect(await shop.run(page(shop.table('CUSTOMERS'), { dryRun: true }))).toEqual({
      kind: 'dry_run',
      estimate: { rows: 42, cost: 7 },
    })
    const [block, , rollback] = shop.connections.statements
    expect(block).toMatchObject({ text: 'BEGIN EXECUTE IMMEDIATE :1; END;' })
    expect(block?.values[0]).toMatch(/^EXPLAIN PLAN FOR SELECT/)
    expect(rollback?.text).toBe('ROLLBACK')
  })
})

describe('connections', () => {
  test('a read whose connection was lost while it rested runs again on a new one', async () => {
    let times = 0
    const shop = await open((text) => {
      if (text.startsWith('SELECT') && ++times === 1) throw oraError(3113, 'end-of-file on communication channel')
      return text.startsWith('SELECT') ? { rows: [['1']] } : undefined
    })
    expect(textOf(await shop.run(page(shop.table('CUSTOMERS'), { columns: project('ID') })))).toBe('[{"ID":1}]')
    expect(shop.connections.connections.map(({ closed }) => closed)).toEqual([true, false])
  })

  test('a write is not run again: nobody knows whether it was done', async () => {
    let times = 0
    const shop = await open((text) => {
      if (!text.startsWith('INSERT')) return undefined
      times++
      throw oraError(3135, 'connection lost contact')
    })
    const failure = await failureOf(shop.run(insert('CUSTOMERS', { NAME: 'x' })))
    expect([failure.code, failure.retryAfter, times]).toEqual(['unavailable', 1, 1])
    // The next call has a connection of its own again.
    expect((await shop.run(page(shop.table('CUSTOMERS')))).kind).toBe('page')
    expect(shop.connections.connections).toHaveLength(2)
  })

  test('rows that stop coming fail as the statement would', async () => {
    const shop = await open()
    const [connection] = shop.connections.connections
    if (!connection) throw new Error('There is no connection')
    connection.execute = async () => ({
      affected: 0,
      rows: { ...rowsOf([]), next: () => Promise.reject(driverError('NJS-501')) },
    })
    const plan = page(shop.table('CUSTOMERS'), { stream: true })
    const result = await shop.run(plan)
    if (result.kind !== 'stream') throw new Error('no stream')
    const reading = async () => {
      for await (const chunk of result.chunks) expect(chunk).toBeDefined()
    }
    expect((await failureOf(reading())).code).toBe('unavailable')
  })

  test('each statement has the time that is left of the call’s', async () => {
    const times: number[] = []
    const shop = await open((_text, _values, { timeoutMs }) => {
      times.push(timeoutMs)
      return undefined
    })
    await shop.run(page(shop.table('CUSTOMERS'), { timeoutMs: 1234 }))
    expect(times[0]).toBeGreaterThan(0)
    expect(times[0]).toBeLessThanOrEqual(1234)
  })

  test('a caller who leaves ends what runs', async () => {
    const controller = new AbortController()
    const shop = await open()
    const [connection] = shop.connections.connections
    if (!connection) throw new Error('There is no connection')
    let ended: ((error: Error) => void) | undefined
    connection.execute = () =>
      new Promise((_, reject) => {
        ended = reject
        controller.abort()
      })
    connection.break = async () => ended?.(oraError(1013, 'user requested cancel of current operation'))
    const running = shop.connector.execute(
      page(shop.table('CUSTOMERS')) as Parameters<typeof shop.connector.execute>[0],
      {
        ...context,
        signal: controller.signal,
      },
    )
    expect((await failureOf(running)).code).toBe('cancelled')
  })

  test('a stream goes at its reader’s pace, and ends when the reader does', async () => {
    const shop = await open()
    const [connection] = shop.connections.connections
    if (!connection) throw new Error('There is no connection')
    let batches = 0
    connection.execute = async () => ({
      affected: 0,
      rows: {
        columns: [],
        close: async () => undefined,
        next: async (count) => {
          batches++
          return Array.from({ length: count }, () => ['x'.repeat(1000)])
        },
      },
    })
    const plan = page(shop.table('CUSTOMERS'), {
      columns: project('NAME'),
      stream: true,
      limit: 1_000_000,
      format: 'ndjson',
    })
    const result = await shop.run(plan)
    if (result.kind !== 'stream') throw new Error('no stream')
    let chunks = 0
    for await (const chunk of result.chunks) {
      expect(chunk.length).toBeGreaterThanOrEqual(64 * 1024)
      if (++chunks === 3) break
    }
    expect(batches).toBeLessThanOrEqual(2)
    expect(connection.breaks).toBe(1)
  })

  test('are told for whom they work, and made in the name of the caller', async () => {
    const identity = { client_identifier: '{user.id}', client_info: '{user.name}', proxy_user: '{user.db_user}' }
    const shop = await openShop({ config: { identity: { client_identifier: '{user.id}' } } })
    await shop.run(page(shop.table('CUSTOMERS')))
    expect(shop.connections.connections[0]?.marks.at(-1)).toEqual({ identifier: 'key:test', info: '' })
    const proxied = await openShop({
      config: { identity: { ...identity, proxy_user: 'reader' } },
      settings: { pool: { max: 1, idleMs: 0 } },
    })
    await proxied.run(page(proxied.table('CUSTOMERS')))
    expect(proxied.connections.connections.map(({ proxy }) => proxy)).toEqual([undefined, 'reader'])
    // Who has no such user in the database gets nothing, and nothing runs as somebody else; the dictionary is read.
    const nameless = await openShop({ config: { identity } })
    nameless.connections.statements.length = 0
    const failure = await failureOf(nameless.run(page(nameless.table('CUSTOMERS'))))
    expect([failure.code, nameless.connections.statements]).toEqual(['forbidden', []])
  })

  test('a server that is not there is unavailable, by the real driver', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    await new Promise((resolve) => server.close(resolve))
    const connector = await oracle.connect({ connection: `oracle://shop:se@cret@127.0.0.1:${port}/FREEPDB1` }, settings)
    const failure = await failureOf(connector.introspect(new AbortController().signal))
    expect([failure.code, failure.message]).toEqual(['unavailable', 'The database cannot be reached'])
    await connector.close()
  })

  test('a server that speaks another language is unavailable, by the real driver', async () => {
    const server = createServer((socket) => socket.end('220 ready\r\n')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const connector = await oracle.connect({ connection: `oracle://shop:secret@127.0.0.1:${port}/FREEPDB1` }, settings)
    const failure = await failureOf(connector.introspect(new AbortController().signal))
    expect(['unavailable', 'internal']).toContain(failure.code)
    expect(failure.message).not.toContain('secret')
    await connector.close()
    server.close()
  })
})
