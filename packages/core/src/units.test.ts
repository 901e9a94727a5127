import { describe, expect, it } from 'vitest'
import { parseDuration, parseSize } from './units.js'

describe('units', () => {
  it.each([
    ['500ms', 500],
    ['5s', 5_000],
    ['1m', 60_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
    ['30', 30_000],
    [30, 30_000],
    [0, 0],
    [' 5 S ', 5_000],
  ])('reads the duration %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each(['', '5x', '-1s', 's', '1h30m', '1e3s', 'Infinity', '9999999999999999d'])(
    'refuses the duration %s',
    (text) => {
      expect(parseDuration(text)).toBeUndefined()
    },
  )

  it.each([
    ['10mb', 10_485_760],
    ['512KB', 524_288],
    ['1gb', 1_073_741_824],
    ['100', 100],
    [100, 100],
    ['1.5kb', 1_536],
  ])('reads the size %s', (text, size) => {
    expect(parseSize(text)).toBe(size)
  })

  it.each(['10 pb', '', 'mb', '-1kb', '1,5mb'])('refuses the size %s', (text) => {
    expect(parseSize(text)).toBeUndefined()
  })
})
