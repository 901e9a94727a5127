import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeBytes } from './escape-bytes.js'
import { bodyOf, escaped, escapedResult, membersResult, toolResult, valueResult } from './result.js'

const anyText = fc.string({ unit: 'grapheme' })
const parse = (parts: Parameters<typeof bodyOf>[0]) => JSON.parse(String(bodyOf(parts)))

describe('the text of a tool', () => {
  it('arrives as it was, from strings and from bytes', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (a, b, c) => {
        const result = parse(toolResult('{"x":1,', { text: [a, Buffer.from(b), c] }))
        expect(result).toEqual({ x: 1, content: [{ type: 'text', text: a + b + c }] })
        expect(parse(escapedResult('{"x":1,', [a, Buffer.from(b), c].map(escaped)))).toEqual(result)
      }),
    )
  })

  it('is sent as structured content too where it is declared', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText), (value) => {
        const text = JSON.stringify(value)
        const result = parse(toolResult('{', { text: [Buffer.from(text)], structured: [text], failed: true }))
        expect(JSON.stringify(result.structuredContent)).toBe(text)
        expect([result.isError, result.content[0].text]).toEqual([true, text])
      }),
    )
  })
})

it('bytes are escaped as strings are', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'\\"\b\t\n\f\r/aé😀') }), (text) => {
      const bytes = escapeBytes(Buffer.from(text))
      expect(String(bytes && Buffer.from(bytes))).toBe(JSON.stringify(text).slice(1, -1))
    }),
  )
  expect(escapeBytes(Buffer.from('\u0001'))).toBeUndefined()
})

describe('other results', () => {
  it('may have no members of their own', () => {
    expect(parse(membersResult('{', ''))).toEqual({})
    expect(parse(membersResult('{"resultType":"complete",', ''))).toEqual({ resultType: 'complete' })
    expect(parse(valueResult('{"a":1,', { b: [2] }))).toEqual({ a: 1, b: [2] })
  })
})
