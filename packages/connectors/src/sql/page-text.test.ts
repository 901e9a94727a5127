import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PageText } from './page-text.js'

test('is the text that was put into it, short or long', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', maxLength: 50 })),
      fc.integer({ min: 1, max: 3000 }),
      (parts, times) => {
        const page = new PageText('[')
        for (const part of parts) page.add(part.repeat(times))
        const whole = `[${parts.map((part) => part.repeat(times)).join('')}]`
        expect(Buffer.from(page.end(']')).equals(Buffer.from(whole))).toBe(true)
      },
    ),
    { numRuns: 50 },
  )
})
