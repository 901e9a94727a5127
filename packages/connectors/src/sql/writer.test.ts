import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Raw } from './driver.js'
import type { Encoding, RowShape } from './row-shape.js'
import { compileWriter, writeRows } from './writer.js'

function shape(format: RowShape['format'], columns: Record<string, Encoding>, scale?: number): RowShape {
  return {
    format,
    hidden: 0,
    columns: Object.entries(columns).map(([name, encoding]) => ({
      name,
      encoding,
      ...(scale === undefined ? {} : { scale }),
    })),
  }
}

/** One value as the JSON writer prints it. */
function print(encoding: Encoding, value: Raw, scale?: number): string {
  const text = writeRows(compileWriter(shape('table', { v: encoding }, scale)), [[value]])
  return text.slice('{"columns":["v"],"rows":[['.length, -']]}'.length)
}

describe('documents', () => {
  const columns = { id: 'number', 'na"me': 'text' } as const
  const rows: Raw[][] = [
    [1, 'a'],
    [2n, null],
  ]
  it.each([
    ['json', '[{"id":1,"na\\"me":"a"},{"id":2,"na\\"me":null}]', '[]'],
    ['table', '{"columns":["id","na\\"me"],"rows":[[1,"a"],[2,null]]}', '{"columns":["id","na\\"me"],"rows":[]}'],
    ['ndjson', '{"id":1,"na\\"me":"a"}\n{"id":2,"na\\"me":null}\n', ''],
    ['csv', 'id,"na""me"\r\n1,a\r\n2,\r\n', 'id,"na""me"\r\n'],
  ] as const)('%s', (format, text, empty) => {
    const writer = compileWriter(shape(format, columns))
    expect(writeRows(writer, rows)).toBe(text)
    expect(writeRows(writer, [])).toBe(empty)
  })

  it('prints records of no columns, and leaves hidden values out', () => {
    expect(writeRows(compileWriter(shape('json', {})), [[1], [2]])).toBe('[{},{}]')
    expect(writeRows(compileWriter(shape('table', {})), [[1]])).toBe('{"columns":[],"rows":[[]]}')
    expect(writeRows(compileWriter(shape('ndjson', {})), [[1]])).toBe('{}\n')
    expect(writeRows(compileWriter({ ...shape('json', { a: 'number' }), hidden: 1 }), [[1, 'x']])).toBe('[{"a":1}]')
  })
})

describe('values', () => {
  it.each<[Encoding, Raw, string]>([
    ['number', '12345678901234567890.123456789', '12345678901234567890.123456789'],
    ['number', 9223372036854775807n, '9223372036854775807'],
    ['number', 1e21, '1e+21'],
    ['number', '1e-07', '1e-07'],
    ['number', '-0.5', '-0.5'],
    ['number', '00042', '42'],
    ['number', '000', '0'],
    ['number', '-007.50', '-7.50'],
    ['number', '.5', '0.5'],
    ['number', 'NaN', '"NaN"'],
    ['number', Number.NEGATIVE_INFINITY, '"-Infinity"'],
    ['number', '1,"x":2', '"1,\\"x\\":2"'],
    ['number', '', '""'],
    ['number', '.', '"."'],
    ['number_string', 12n, '"12"'],
    ['number_string', 'NaN', '"NaN"'],
    ['boolean', 't', 'true'],
    ['boolean', 0n, 'false'],
    ['boolean', 'maybe', '"maybe"'],
    ['boolean', 7n, '7'],
    ['json', '{"a":\n [1,\r\n2]}', '{"a":  [1, 2]}'],
    ['binary', new Uint8Array([0, 255, 16]), '"AP8Q"'],
    ['binary', 'AP8Q', '"AP8Q"'],
    ['text', 5n, '"5"'],
    ['text', new Uint8Array(Buffer.from('é')), '"é"'],
    ['date', '2026-01-31', '"2026-01-31"'],
    ['time', '13:59:59.500000', '"13:59:59.5"'],
    ['time', '13:59:59.000', '"13:59:59"'],
    ['time', '13:59:59', '"13:59:59"'],
    ['time', '13:59:50', '"13:59:50"'],
    ['datetime', '2026-01-31 13:59:59.500000', '"2026-01-31T13:59:59.5"'],
    ['datetime', '2026-01-31T13:59:50', '"2026-01-31T13:59:50"'],
    ['datetime', 'infinity', '"infinity"'],
    ['datetime', '0044-03-15 12:00:00 BC', '"0044-03-15T12:00:00 BC"'],
    ['datetimetz', '2026-01-31 13:59:59.123400+00', '"2026-01-31T13:59:59.1234Z"'],
    ['datetimetz', '2026-01-31 13:59:59.000+00:00', '"2026-01-31T13:59:59Z"'],
    ['datetimetz', '2026-01-31 13:59:59', '"2026-01-31T13:59:59Z"'],
    ['datetimetz', '2026-01-31T13:59:59.10Z', '"2026-01-31T13:59:59.1Z"'],
    ['datetimetz', '2026-01-31 13:59:59+02:00', '"2026-01-31T13:59:59+02:00"'],
    ['datetimetz', 'infinity', '"infinity"'],
    ['text', null, 'null'],
  ])('%s %s', (encoding, raw, text) => {
    expect(print(encoding, raw)).toBe(text)
  })

  it.each<[Raw, number, string]>([
    [12n, 2, '12.00'],
    [12.5, 2, '12.50'],
    ['-0.1', 3, '-0.100'],
    [12.345, 2, '12.345'],
    [7n, 0, '7'],
    [1e21, 2, '1e+21'],
    ['NaN', 2, '"NaN"'],
  ])('%s with scale %s', (raw, scale, text) => {
    expect(print('number', raw, scale)).toBe(text)
  })

  it('keeps CSV fields apart', () => {
    const columns = { a: 'text', b: 'boolean', c: 'json', d: 'number', e: 'datetime', f: 'number_string' } as const
    const row = ['x,"y"\r\n', 't', '{"k":"v"}', 'NaN', '2026-01-31 10:00:00', '5']
    expect(compileWriter(shape('csv', columns)).row(row)).toBe(
      '"x,""y""\r\n",true,"{""k"":""v""}",NaN,2026-01-31T10:00:00,5\r\n',
    )
    expect(compileWriter(shape('csv', { a: 'text', b: 'text' })).row(['', null])).toBe('"",\r\n')
    expect(compileWriter(shape('csv', { a: 'text' })).row([null])).toBe('""\r\n')
  })
})

/** Any string, lone surrogates and control characters included. */
const anyString = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 }).map((units) => String.fromCharCode(...units)),
)

describe('any value', () => {
  it('is the same text after JSON.parse', () => {
    fc.assert(
      fc.property(anyString, anyString, fc.array(fc.option(anyString), { maxLength: 4 }), (name, other, values) => {
        fc.pre(name !== other && name !== '__proto__' && other !== '__proto__')
        const writer = compileWriter(shape('json', { [name]: 'text', [other]: 'text' }))
        const columns = Object.keys({ [name]: 0, [other]: 0 })
        const text = writeRows(
          writer,
          values.map((value) => [value, 'fixed']),
        )
        expect(text).toBe(
          JSON.stringify(values.map((value) => ({ [columns[0] ?? '']: value, [columns[1] ?? '']: 'fixed' }))),
        )
      }),
    )
  })

  it('of any encoding makes valid JSON on one line', () => {
    const encodings = ['number', 'number_string', 'text', 'boolean', 'binary', 'datetime', 'datetimetz', 'time', 'date']
    const raw = fc.oneof(anyString, fc.double(), fc.bigInt(), fc.uint8Array(), fc.constant(null))
    fc.assert(
      fc.property(fc.constantFrom(...encodings), fc.option(fc.nat(5)), raw, (encoding, scale, value) => {
        const text = print(encoding as Encoding, value, scale ?? undefined)
        expect(() => JSON.parse(text)).not.toThrow()
        expect(text).not.toMatch(/[\r\n]/)
      }),
    )
  })

  it('is the same text after reading the CSV', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.option(anyString), fc.option(anyString)), { maxLength: 4 }), (rows) => {
        const text = writeRows(compileWriter(shape('csv', { a: 'text', b: 'text' })), rows)
        expect(readCsv(text)).toEqual([['a', 'b'], ...rows])
      }),
    )
  })
})

/** A plain RFC 4180 reader: an unquoted empty field is null. */
function readCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = []
  let row: (string | null)[] = []
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y
  while (field.lastIndex < text.length) {
    const match = field.exec(text)
    if (!match) throw new Error(`not CSV: ${JSON.stringify(text)}`)
    const [, value = '', end] = match
    row.push(value === '' ? null : value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value)
    if (end === '\r\n') {
      rows.push(row)
      row = []
    }
  }
  return rows
}
