import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frame, frameReader, fromWire, toWire } from './worker-protocol.js'

describe('frames', () => {
  it('come out as they went in, however they are cut', () => {
    const message = fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme', maxLength: 200 }))
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.integer({ min: 1, max: 40 })), (messages, cuts) => {
        const bytes = Buffer.concat(messages.map(([header, body]) => frame(header, body)))
        const seen: [string, string][] = []
        const read = frameReader((header, body) => seen.push([header, body.toString('utf8')]))
        let at = 0
        for (const cut of cuts) {
          if (at < bytes.length) read(bytes.subarray(at, at + cut))
          at += cut
        }
        if (at < bytes.length) read(bytes.subarray(at))
        expect(seen).toEqual(messages)
      }),
    )
  })
})

describe('values', () => {
  it.each([null, 'text', 5, -0.5, 9007199254740993n, Number.POSITIVE_INFINITY])('%s travels', (value) => {
    expect(fromWire(JSON.parse(JSON.stringify(toWire(value))))).toBe(value)
  })
  it('small integers travel as numbers, bytes as they are, booleans as SQLite has them', () => {
    expect(fromWire(toWire(5n))).toBe(5)
    expect(fromWire(toWire(new Uint8Array([1, 255])))).toEqual(Buffer.from([1, 255]))
    expect(toWire(true)).toBe(1)
    expect(() => toWire({})).toThrow(TypeError)
  })
})
