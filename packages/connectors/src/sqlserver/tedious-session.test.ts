import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Raw, RunOptions } from '../sql/driver.js'
import { failureOf } from '../testing/failure-of.js'
import { sqlserverDriver } from './driver.js'
import { bind } from './parameters.js'
import type { Field } from './session.js'
import { openSession } from './tedious-session.js'
import { type Certificate, type TdsAnswer, type TdsDouble, type TdsRequest, tdsDouble } from './testing/tds-double.js'
import { tds } from './testing/tds-types.js'

/** The real driver against a double on a TCP port; see tds-double.ts. */
const doubles: TdsDouble[] = []
const drivers: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const driver of drivers.splice(0)) await driver.close()
  for (const double of doubles.splice(0)) await double.close()
})

const open = async (answers: (request: TdsRequest) => TdsAnswer | undefined, encrypt = false) => {
  const double = await tdsDouble(answers)
  doubles.push(double)
  const target = {
    host: '127.0.0.1',
    port: double.port,
    user: 'u',
    password: 'p',
    database: 'shop',
    encrypt,
    trustServerCertificate: false,
  }
  const driver = sqlserverDriver(() => openSession(target), { max: 1, idleMs: 0 })
  drivers.push(driver)
  /** What reached the server beside signing in. */
  const asked = () => double.requests.filter(({ kind, text }) => kind !== 'login' && !text.startsWith('set '))
  return { double, driver, target, asked }
}
const options = (more: Partial<RunOptions> = {}): RunOptions => ({
  signal: new AbortController().signal,
  timeoutMs: 20_000,
  identity: { id: 'a', name: 'a', roles: [], attributes: {} },
  readOnly: true,
  ...more,
})
const writing = options({ readOnly: false })

describe('signing in', () => {
  it('makes the session independent of the settings of the server', async () => {
    const { driver, double } = await open(() => undefined)
    await driver.rows({ text: 'SELECT 1' }, [], options())
    const [login, first] = double.requests
    expect(login?.kind).toBe('login')
    for (const setting of [
      'language us_english',
      'textsize 2147483647',
      'xact_abort off',
      'quoted_identifier on',
      'ansi_nulls on',
      'transaction isolation level read committed',
    ]) {
      expect(first?.text).toContain(`set ${setting}`)
    }
  })

  it('sends no password to a server that does not encrypt, unless it is told to', async () => {
    const { driver, double } = await open(() => undefined, true)
    expect((await failureOf(driver.rows({ text: 'SELECT 1' }, [], options()))).code).toBe('unavailable')
    expect(double.requests).toEqual([])
  })

  it('that is refused is unavailable, without the words of the server', async () => {
    const { driver } = await open(({ kind }) =>
      kind === 'login' ? { errors: [{ number: 18_456, message: "Login failed for user 'u'." }] } : undefined,
    )
    const failure = await failureOf(driver.rows({ text: 'SELECT 1' }, [], options()))
    expect(failure).toMatchObject({ code: 'unavailable', retryAfter: 5 })
    expect(failure.message).not.toContain("'u'")
  })
})

describe('encryption', () => {
  let certificate: Certificate | undefined
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-tds-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    try {
      await promisify(execFile)('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...names])
      certificate = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
    } catch {
      // Without openssl there is no certificate: the tests say so.
    }
    await rm(folder, { recursive: true })
  })
  const encrypted = async (more: { ca?: string; trustServerCertificate?: boolean; host?: string }) => {
    const double = await tdsDouble(
      ({ kind }) =>
        kind === 'rpc' ? { sets: [{ columns: [tds.text('v')], rows: [['x'.repeat(20_000)]] }] } : undefined,
      certificate,
    )
    doubles.push(double)
    const target = {
      host: '127.0.0.1',
      port: double.port,
      user: 'u',
      password: 'p',
      encrypt: true,
      trustServerCertificate: false,
      ...more,
    }
    const driver = sqlserverDriver(() => openSession(target), { max: 1, idleMs: 0 })
    drivers.push(driver)
    return { double, answer: () => driver.rows({ text: 'SELECT @p1' }, [bind('y'.repeat(20_000), 'text')], options()) }
  }

  it('is agreed upon before the password is sent, with a server that is known', async ({ skip }) => {
    skip(!certificate, 'openssl is not installed')
    const { answer, double } = await encrypted(certificate ? { ca: certificate.cert } : {})
    expect((await answer()).rows).toEqual([['x'.repeat(20_000)]])
    expect(double.requests.at(-1)?.parameters).toMatchObject([{ type: 'nvarchar(max)', value: 'y'.repeat(20_000) }])
  })

  it('is refused with a server that nobody knows, unless any is trusted', async ({ skip }) => {
    skip(!certificate, 'openssl is not installed')
    const unknown = await encrypted({})
    expect((await failureOf(unknown.answer())).code).toBe('unavailable')
    expect(unknown.double.requests).toEqual([])
    const trusted = await encrypted({ trustServerCertificate: true })
    expect((await trusted.answer()).rows).toHaveLength(1)
  })
})

describe('values', () => {
  it('are sent in their types, with all their digits', async () => {
    const { driver, asked } = await open(() => ({ affected: 1 }))
    const long = 'ü'.repeat(5000)
    const values = [
      bind('it\'s "x" 👍', 'text'),
      bind(long, 'text'),
      bind(null, 'text'),
      bind('-1234567890123456789012345678.0123456789', 'decimal'),
      bind('0.01', 'decimal'),
      bind(null, 'decimal'),
      bind(2n ** 63n - 1n, 'bigint'),
      bind(-5, 'integer'),
      bind(true, 'boolean'),
      bind(0.1, 'float'),
      bind(new Uint8Array([0, 255]), 'binary'),
      bind(new Uint8Array(9000), 'binary'),
      bind('0F8FAD5B-D9CB-469F-A165-70867728950E', 'uuid'),
      bind('12345678901234567.89', 'decimal'),
    ]
    expect(await driver.rows({ text: 'SELECT @p1' }, values, options())).toEqual({ rows: [], affected: 1 })
    const [request] = asked()
    expect(request?.text).toBe('SELECT @p1')
    expect(request?.parameters).toEqual([
      { name: '@p1', type: 'nvarchar(4000)', value: 'it\'s "x" 👍' },
      { name: '@p2', type: 'nvarchar(max)', value: long },
      { name: '@p3', type: 'nvarchar(4000)', value: null },
      { name: '@p4', type: 'decimal(38,10)', value: -12345678901234567890123456780123456789n },
      { name: '@p5', type: 'decimal(9,2)', value: 1n },
      { name: '@p6', type: 'decimal(38,0)', value: null },
      { name: '@p7', type: 'int8', value: 2n ** 63n - 1n },
      { name: '@p8', type: 'int4', value: -5n },
      { name: '@p9', type: 'bit', value: 1n },
      { name: '@p10', type: 'float8', value: 0.1 },
      { name: '@p11', type: 'varbinary(8000)', value: 'AP8=' },
      { name: '@p12', type: 'varbinary(max)', value: Buffer.alloc(9000).toString('base64') },
      { name: '@p13', type: 'uniqueidentifier', value: '5bad8f0fcbd99f46a16570867728950e' },
      { name: '@p14', type: 'decimal(19,2)', value: 1234567890123456789n },
    ])
  })

  it.each<[string, ReturnType<typeof tds.int>, unknown, Raw]>([
    ['int', tds.int('v'), -2147483648, -2147483648],
    ['bigint', tds.bigint('v'), 9223372036854775807n, '9223372036854775807'],
    ['bit', tds.bit('v'), true, 1],
    ['float', tds.float('v'), 1.7976931348623157e308, 1.7976931348623157e308],
    ['real', tds.real('v'), 0.1, 0.1],
    ['money', tds.money('v'), 199_900n, '19.9900'],
    ['negative money', tds.money('v'), -1n, '-0.0001'],
    ['decimal', tds.decimal(12, 2)('v'), -1250n, '-12.50'],
    ['uniqueidentifier', tds.guid('v'), '0F8FAD5B-D9CB-469F-A165-70867728950E', '0f8fad5b-d9cb-469f-a165-70867728950e'],
    ['date', tds.date('v'), '2024-02-29', '2024-02-29'],
    ['time', tds.time('v'), '23:59:58.1234567', '23:59:58.1234567'],
    ['datetime2', tds.datetime2('v'), '2026-01-31T13:59:59.5000001', '2026-01-31T13:59:59.5000001'],
    ['datetime2 of the year 1', tds.datetime2('v'), '0001-01-01T00:00:00', '0001-01-01T00:00:00.000'],
    ['datetimeoffset', tds.datetimeoffset('v'), '2026-01-31T11:59:59.1234560', '2026-01-31T11:59:59.1234560+00:00'],
    ['nvarchar', tds.nvarchar('v'), 'Grüße, 世界 👩‍👩‍👧', 'Grüße, 世界 👩‍👩‍👧'],
    ['nvarchar(max)', tds.text('v'), 'x'.repeat(20_000), 'x'.repeat(20_000)],
    ['xml', tds.xml('v'), '<a b="1"/>', '<a b="1"/>'],
  ])('of %s come as they are', async (_, column, sent, raw) => {
    const { driver } = await open(() => ({ sets: [{ columns: [column], rows: [[sent], [null]] }] }))
    expect((await driver.rows({ text: 'SELECT v' }, [], options())).rows).toEqual([[raw], [null]])
  })

  it('of varbinary come as bytes', async () => {
    const { driver } = await open(() => ({ sets: [{ columns: [tds.binary('v')], rows: [['AAH/gA=='], ['']] }] }))
    const { rows } = await driver.rows({ text: 'SELECT v' }, [], options())
    expect(rows.map(([value]) => Buffer.from(value as Uint8Array).toString('base64'))).toEqual(['AAH/gA==', ''])
  })

  it('that the driver has rounded are refused, and the session serves on', async () => {
    const column = tds.decimal(38, 0)('v')
    const { driver, double } = await open(({ text }) =>
      text === 'big' ? { sets: [{ columns: [column], rows: [['12345678901234567890'], ['1']] }] } : undefined,
    )
    expect((await failureOf(driver.rows({ text: 'big' }, [], options()))).code).toBe('unsupported')
    await driver.rows({ text: 'next' }, [], options())
    expect(double.requests.filter(({ kind }) => kind === 'login')).toHaveLength(1)
  })
})

describe('answers', () => {
  it('of several result sets keep them apart', async () => {
    const { driver } = await open(({ kind }) =>
      kind === 'rpc'
        ? {
            sets: [
              { columns: [tds.int('a')], rows: [[1], [2]] },
              { columns: [tds.nvarchar('b'), tds.bit('c')], rows: [['x', false]] },
            ],
          }
        : undefined,
    )
    const sets: { fields: readonly Field[]; rows: (readonly Raw[])[] }[] = []
    await driver.isolated(writing, (run) =>
      run({ text: 'EXEC p' }, [], {
        fields: (fields) => sets.push({ fields, rows: [] }),
        row: (row, set) => sets[set]?.rows.push(row),
      }),
    )
    expect(sets.map(({ fields, rows }) => [fields.map(({ name, type }) => `${name} ${type.name}`), rows])).toEqual([
      [['a IntN'], [[1], [2]]],
      [['b NVarChar', 'c BitN'], [['x', 0]]],
    ])
  })

  it('of an error tell its number, and leave the session in use', async () => {
    const { driver, double } = await open(({ text }) =>
      text.includes('INSERT')
        ? {
            errors: [
              {
                number: 2627,
                message:
                  "Violation of UNIQUE KEY constraint 'k'. Cannot insert duplicate key in object 'dbo.t'. The duplicate key value is (secret).",
              },
              { number: 3621, message: 'The statement has been terminated.' },
            ],
          }
        : undefined,
    )
    const failure = await failureOf(driver.rows({ text: 'INSERT' }, [], writing))
    expect(failure.code).toBe('conflict')
    expect(String(failure.cause)).not.toContain('secret')
    await driver.rows({ text: 'next' }, [], options())
    expect(double.requests.filter(({ kind }) => kind === 'login')).toHaveLength(1)
  })

  it('of fifty thousand rows stream at the pace of the reader', async () => {
    const columns = [tds.int('a'), tds.text('b')]
    const rows = Array.from({ length: 50_000 }, (_, i) => [i, `row ${i} with some text to fill the chunks`])
    const { driver } = await open(({ text }) => (text === 'many' ? { sets: [{ columns, rows }] } : undefined))
    const shape = {
      format: 'ndjson',
      hidden: 0,
      columns: [
        { name: 'a', encoding: 'number' },
        { name: 'b', encoding: 'text' },
      ],
    } as const
    const stream = driver.stream({ text: 'many', shape }, [], 100_000, options())
    let text = ''
    for await (const chunk of stream.chunks) text += Buffer.from(chunk).toString()
    expect(stream.rows()).toBe(50_000)
    expect(text.split('\n').at(-2)).toBe('{"a":49999,"b":"row 49999 with some text to fill the chunks"}')
    const left = driver.stream({ text: 'many', shape }, [], 100_000, options())
    for await (const _ of left.chunks) break
    expect((await driver.rows({ text: 'next' }, [], options())).rows).toEqual([])
  })
})

describe('the end of a statement', () => {
  it('by time is an attention, after which the same connection serves on', async () => {
    const { driver, double, asked } = await open(({ text }) => (text === 'slow' ? { silent: true } : undefined))
    expect((await failureOf(driver.rows({ text: 'slow' }, [], options({ timeoutMs: 50 })))).code).toBe('timeout')
    await driver.rows({ text: 'next' }, [], options())
    expect(asked().map(({ kind, text }) => text || kind)).toEqual(['slow', 'attention', 'next'])
    expect(double.requests.filter(({ kind }) => kind === 'login')).toHaveLength(1)
  })

  it('by a caller who leaves is one too, and the transaction is rolled back', async () => {
    const { driver, asked } = await open(({ text }) => (text === 'slow' ? { silent: true } : undefined))
    const controller = new AbortController()
    const running = failureOf(
      driver.transaction(options({ readOnly: false, signal: controller.signal }), (t) => t.rows({ text: 'slow' }, [])),
    )
    while (!asked().some(({ text }) => text === 'slow')) await new Promise((resolve) => setTimeout(resolve, 5))
    controller.abort()
    expect((await running).code).toBe('cancelled')
    expect(asked().map(({ kind, text }) => text || kind)).toEqual([
      'BEGIN TRANSACTION',
      'slow',
      'attention',
      'IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION',
    ])
  })

  it('by a connection that is cut: a read is run again on another, a write is not', async () => {
    let times = 0
    const { driver, double } = await open(({ text }) =>
      text.includes('cut') && times++ === 0 ? { cut: true } : undefined,
    )
    expect((await driver.rows({ text: 'cut' }, [], options())).rows).toEqual([])
    expect(double.requests.filter(({ kind }) => kind === 'login')).toHaveLength(2)
    times = 0
    expect((await failureOf(driver.rows({ text: 'cut' }, [], writing))).code).toBe('unavailable')
  })

  it('of a routine resets the session before anyone else has it', async () => {
    const { driver, asked, double } = await open(() => undefined)
    await driver.isolated(writing, (run) => run({ text: 'EXEC p' }, [], { row: () => undefined }))
    await driver.rows({ text: 'next' }, [], options())
    expect(asked().map(({ text }) => text)).toEqual(['BEGIN TRANSACTION', 'EXEC p', 'COMMIT TRANSACTION', 'next'])
    expect(double.requests.filter(({ reset }) => reset)).toMatchObject([
      { kind: 'batch', text: expect.stringContaining('set language us_english') },
    ])
  })
})

it('a server that is not there is unavailable', async () => {
  const double = await tdsDouble(() => undefined)
  await double.close()
  const target = { host: '127.0.0.1', port: double.port, encrypt: true, trustServerCertificate: false }
  const driver = sqlserverDriver(() => openSession(target), { max: 1, idleMs: 0 })
  expect(await failureOf(driver.rows({ text: 'SELECT 1' }, [], options()))).toMatchObject({
    code: 'unavailable',
    retryAfter: 1,
  })
})
