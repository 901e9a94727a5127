import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { globOf, likeMatcher } from './patterns.js'
import { openMemory } from './testing/memory.js'

describe('LIKE', () => {
  it.each([
    ['a%c', 'abbbc', true],
    ['a%c', 'abbbd', false],
    ['_b', 'ab', true],
    ['_b', 'b', false],
    ['_', '👍', true],
    ['%', '', true],
    ['100\\%', '100%', true],
    ['100\\%', '1000', false],
    ['a\\_b', 'axb', false],
    ['%ab%ab', 'abxab', true],
  ])('%s on %s: %s', (pattern, text, matches) => {
    expect(likeMatcher(pattern)(text)).toBe(matches)
    expect(openMemory().value('SELECT ? GLOB ?', text, globOf(pattern))).toBe(matches ? 1n : 0n)
  })

  const characters = fc.string({
    unit: fc.constantFrom('a', 'b', '%', '_', '*', '?', '[', ']', '^', '\\', 'é'),
    maxLength: 8,
  })

  it('is what GLOB makes of the translated pattern', () => {
    const memory = openMemory()
    fc.assert(
      fc.property(characters, characters, (pattern, text) => {
        expect(memory.value('SELECT ? GLOB ?', text, globOf(pattern))).toBe(likeMatcher(pattern)(text) ? 1n : 0n)
      }),
    )
  })

  it('takes no exponential time', () => {
    expect(likeMatcher(`${'%a'.repeat(50)}%b`)('a'.repeat(5000))).toBe(false)
  })
})
