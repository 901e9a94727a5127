import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { column } from '../testing/shop.js'
import { cleanComment, exampleOf, readSchema, valueSchema } from './column-schema.js'

describe('a column', () => {
  it('has the JSON type of its neutral type', () => {
    expect(valueSchema(column('a', 'bigint'))).toEqual({ type: 'integer', format: 'int64' })
    expect(valueSchema(column('a', 'decimal', { nullable: true }))).toEqual({
      type: ['number', 'null'],
      format: 'decimal',
    })
    expect(valueSchema(column('a', 'json', { nullable: true }))).toEqual({})
    expect(valueSchema(column('a', 'text', { values: ['x'], nullable: true }))).toEqual({
      type: ['string', 'null'],
      enum: ['x', null],
    })
  })

  it('has an example of its type that fits', () => {
    expect(exampleOf(column('contact_email', 'text', { length: 5 }))).toHaveLength(5)
    expect(exampleOf(column('birth_year', 'integer'))).toBe(2026)
    expect(readSchema(column('x', 'uuid'))).toMatchObject({ format: 'uuid', examples: [expect.any(String)] })
  })
})

describe('a comment', () => {
  it('is one short line without control characters', () => {
    expect(cleanComment(' a\u0000b\r\n\tc\u202e d ')).toBe('a b c d')
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 700 }), (comment) => {
        const clean = cleanComment(comment) ?? ''
        expect(clean.length).toBeLessThanOrEqual(300)
        expect(clean).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u)
      }),
    )
  })
})
