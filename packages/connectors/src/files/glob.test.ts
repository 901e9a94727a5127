import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { globMatcher } from './glob.js'

describe('globMatcher', () => {
  it('takes stars and question marks, and all else as it is', () => {
    const fits = (glob: string, text: string) => globMatcher(glob)(text)
    expect(fits('*.csv', 'a.csv')).toBe(true)
    expect(fits('*.csv', 'a/b.csv')).toBe(false)
    expect(fits('**/*.csv', 'a/b/c.csv')).toBe(true)
    expect(fits('**/*.csv', 'c.csv')).toBe(true)
    expect(fits('a/**', 'a/b/c')).toBe(true)
    expect(fits('a?c', 'abc')).toBe(true)
    expect(fits('a?c', 'a/c')).toBe(false)
    expect(fits('[ab].+(x)', '[ab].+(x)')).toBe(true)
    expect(fits('😀?', '😀😀')).toBe(true)
    expect(fits('', '')).toBe(true)
  })

  it('says the same as a regular expression', () => {
    const pieces = fc.array(fc.constantFrom('a', 'b', '/', '*', '?'), { maxLength: 7 }).map((parts) => parts.join(''))
    const texts = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 7 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(pieces, texts, (glob, text) => {
        // Leading double stars have a rule of their own, above.
        fc.pre(!glob.includes('**'))
        const pattern = glob.replaceAll('*', '[^/]*').replaceAll('?', '[^/]')
        expect(globMatcher(glob)(text)).toBe(new RegExp(`^${pattern}$`).test(text))
      }),
      { numRuns: 3000 },
    )
  })

  it('comes to an end with globs that others try for years', () => {
    expect(globMatcher('*a'.repeat(90))(`${'a'.repeat(5000)}b`)).toBe(false)
    expect(globMatcher('**a'.repeat(60))(`${'a'.repeat(5000)}/b`)).toBe(false)
  })
})
