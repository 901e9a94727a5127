import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { filePath, isFilePath, nameOf, parentOf } from './file-path.js'

const odd = fc.constantFrom(
  '.',
  '..',
  '/',
  '\\',
  '%2e',
  '%2f',
  '%00',
  '\0',
  'a',
  'B',
  ' ',
  'con',
  '~',
  ':',
  'é',
  '．',
  '／',
  '\u202e',
  '.gatehouse-',
)
const texts = fc.oneof(
  fc.array(odd, { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
)

describe('filePath', () => {
  it('takes what people name files', () => {
    for (const path of [
      '',
      'a.txt',
      'reports/2026/january.csv',
      'reports/',
      '.env',
      'größe/日本語.txt',
      'a b+c=d (1).txt',
      '100%.txt',
      '~$open.docx',
      'a..b',
      'v1.2.3/',
    ]) {
      expect(filePath(path)).toBe(path)
    }
  })

  it('leaves nothing that a file system would resolve', () => {
    fc.assert(
      fc.property(texts, (text) => {
        if (!isFilePath(text)) return
        // Resolved against any base by the rules of URLs, it stays below it.
        const url = new URL(`http://host/base/${text.split('/').map(encodeURIComponent).join('/')}`)
        expect(url.pathname.startsWith('/base/')).toBe(true)
        const parts = text.replace(/\/$/, '').split('/')
        if (text !== '') expect(parts.every((part) => part !== '' && part !== '.' && part !== '..')).toBe(true)
        expect(text).not.toMatch(/[\0\\]|^\/|\/\//)
        // Decoded once more, it still is one.
        const again = decoded(text)
        if (again !== undefined) expect(again).not.toMatch(/(^|\/)\.\.(\/|$)|[\0\\]/)
      }),
      { numRuns: 5000 },
    )
  })

  it('has one spelling of each path', () => {
    fc.assert(
      fc.property(texts, (text) => {
        if (!isFilePath(text)) return
        expect(filePath(filePath(text))).toBe(text)
        if (text === '') return
        expect(parentOf(text) + nameOf(text) + (text.endsWith('/') ? '/' : '')).toBe(text)
        expect(isFilePath(parentOf(text))).toBe(true)
      }),
      { numRuns: 5000 },
    )
  })

  it('takes any path that is put together from what it takes', () => {
    fc.assert(
      fc.property(texts, texts, (folder, name) => {
        if (!isFilePath(folder) || !isFilePath(name) || folder === '' || name === '') return
        const joined = folder.endsWith('/') ? folder + name : `${folder}/${name}`
        // `_spec` is reserved at the root only.
        expect(isFilePath(joined)).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  it('says what is wrong, and does not repeat it', () => {
    expect(() => filePath('../secret')).toThrow(/\. and \.\. are no names/)
    expect(() => filePath('a/CON')).toThrow(/reserved/)
    for (const text of [
      '/a',
      'a//b',
      'a\\b',
      'a\0',
      'a/.',
      `${'x'.repeat(300)}`,
      'a'.repeat(1100),
      '_spec',
      '_spec/x',
      'x/.gatehouse-1',
    ]) {
      expect(isFilePath(text), text).toBe(false)
    }
  })
})

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
