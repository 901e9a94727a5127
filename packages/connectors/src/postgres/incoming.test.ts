import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MessageReader, readError } from './incoming.js'

function message(type: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(5)
  header[0] = type
  header.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([header, body])
}

describe('MessageReader', () => {
  it('finds the same messages wherever the stream is cut', () => {
    const messages = fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 50 })), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(messages, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.map(([type, body]) => message(type, body)))
        const received: [number, number[]][] = []
        const reader = new MessageReader((type, bytes, start, end) =>
          received.push([type, [...bytes.subarray(start, end)]]),
        )
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = cuts[i % cuts.length] ?? 1
          reader.read(stream.subarray(at, at + size))
          at += size
        }
        expect(received).toEqual(sent.map(([type, body]) => [type, [...body]]))
      }),
    )
  })
})

describe('readError', () => {
  it('reads its fields', () => {
    const body = Buffer.from('SERROR\0C23505\0Mduplicate: ü\0nkey\0\0')
    const error = readError(body, 0, body.length)
    expect(error.sqlState).toBe('23505')
    expect(error.message).toBe('duplicate: ü')
    expect(error.fields.get('n')).toBe('key')
  })
})
