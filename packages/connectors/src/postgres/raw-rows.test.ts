import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Raw } from '../sql/driver.js'
import type { Encoding, RowShape } from '../sql/row-shape.js'
import { compileWriter } from '../sql/writer.js'
import { Output } from './output-bytes.js'
import { rawValues, wireWriter } from './raw-rows.js'

/** The body of a DataRow message. */
function dataRow(values: readonly (string | null)[]): Buffer {
  const count = Buffer.alloc(2)
  count.writeInt16BE(values.length)
  const fields = values.flatMap((value) => {
    const length = Buffer.alloc(4)
    const bytes = Buffer.from(value ?? '')
    length.writeInt32BE(value === null ? -1 : bytes.length)
    return value === null ? [length] : [length, bytes]
  })
  return Buffer.concat([count, ...fields])
}

function print(shape: RowShape, values: readonly (string | null)[], escaped = false): string {
  const output = new Output()
  // Behind other bytes, as in a chunk from a socket.
  const row = Buffer.concat([Buffer.from('before'), dataRow(values), Buffer.from('after')])
  wireWriter(shape, escaped).row(output, row, 6, row.length - 5)
  return output.take().toString('utf8')
}

const number = fc.oneof(
  fc.bigInt().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('NaN', 'Infinity', '-Infinity', '0.00', '-0.5', '1e+20', '12345678901234567890.1234567890'),
)
const timestamp = fc.constantFrom(
  '2026-01-31 13:59:59.5',
  '2026-01-31 13:59:59',
  'infinity',
  '-infinity',
  '0044-03-15 12:00:00 BC',
  '12026-01-31 13:59:59',
)
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme', minLength: 60, maxLength: 300 }),
  fc.constantFrom('', '"', '\\', '\u0001\n\t\r\b\f\u001f\u007f', '\u2028', 'a'.repeat(5000), '"'.repeat(5000)),
)
const values: Record<Encoding, fc.Arbitrary<string>> = {
  number,
  number_string: number,
  text,
  boolean: fc.constantFrom('t', 'f', 'true', 'false'),
  json: fc.oneof(fc.json(), fc.constantFrom('{"a": [1,\n 2]}', `["${'x'.repeat(100)}",\r\n1]`)),
  binary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  date: fc.constantFrom('2026-01-31', 'infinity', '0044-03-15 BC'),
  time: fc.constantFrom('13:59:59.5', '13:59:59', '24:00:00'),
  datetime: timestamp,
  datetimetz: timestamp.map((value) => (/\d$/.test(value) ? `${value}+00` : value.replace(' BC', '+00 BC'))),
}
const encodings = Object.keys(values).filter((name): name is Encoding => name in values)

const rows = fc
  .array(
    fc.constantFrom(...encodings).chain((encoding) =>
      fc.record({
        encoding: fc.constant(encoding),
        name: fc.oneof(fc.string(), fc.constantFrom('id', 'a "b"', 'größe')),
        value: fc.option(values[encoding], { freq: 5 }),
      }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .chain((columns) =>
    fc.record({ columns: fc.constant(columns), format: fc.constantFrom('json', 'ndjson', 'table', 'csv') }),
  )

describe('wireWriter', () => {
  const printed = rows.map(({ columns, format }) => {
    const shape: RowShape = { format, columns: columns.map(({ name, encoding }) => ({ name, encoding })), hidden: 0 }
    const raw = columns.map(({ value }) => (value === null ? null : Buffer.from(value).toString('utf8')))
    return { shape, raw }
  })

  it('prints from bytes what the writer prints from texts', () => {
    fc.assert(
      fc.property(printed, ({ shape, raw }) => {
        expect(print(shape, raw)).toBe(compileWriter(shape).row(raw))
      }),
      { numRuns: 500 },
    )
  })

  it('prints them escaped as the inside of a JSON string', () => {
    const json = printed.filter(({ shape }) => shape.format !== 'csv')
    fc.assert(
      fc.property(json, ({ shape, raw }) => {
        const { begin, row, end } = compileWriter(shape)
        const escaped = (text: string) => JSON.stringify(text).slice(1, -1)
        expect(print(shape, raw, true)).toBe(escaped(row(raw)))
        const frame = wireWriter(shape, true)
        expect([String(frame.begin), String(frame.end)]).toEqual([escaped(begin), escaped(end)])
      }),
      { numRuns: 500 },
    )
  })

  it('makes room for rows larger than its output', () => {
    const shape: RowShape = { format: 'json', columns: [{ name: 'a', encoding: 'text' }], hidden: 0 }
    const value = 'x"\n'.repeat(200_000)
    expect(JSON.parse(print(shape, [value]))).toEqual({ a: value })
    expect(JSON.parse(JSON.parse(`"${print(shape, [value], true)}"`))).toEqual({ a: value })
  })

  it('prints a shape without columns', () => {
    expect(print({ format: 'json', columns: [], hidden: 0 }, [null])).toBe('{}')
    expect(print({ format: 'json', columns: [], hidden: 0 }, [null], true)).toBe('{}')
  })
})

describe('rawValues', () => {
  it('reads a range of fields', () => {
    const row = dataRow(['1', null, 'ü', ''])
    const all: Raw[] = ['1', null, 'ü', '']
    expect(rawValues(row, 0, 0)).toEqual(all)
    expect(rawValues(row, 0, 2)).toEqual(all.slice(2))
    expect(rawValues(row, 0, 1, 2)).toEqual(all.slice(1, 3))
  })
})
