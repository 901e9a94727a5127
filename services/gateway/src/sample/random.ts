/** Numbers that look random and are the same at each start. */
export interface Random {
  /** From 0 up to 1, without 1. */
  next(): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** Items listed first are picked more often. */
  pickEarly<T>(items: readonly T[]): T
  digits(count: number): string
}

/** A generator of the "mulberry32" kind: 32 bits of state, a few multiplications. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  const at = <T>(items: readonly T[], index: number): T => {
    const item = items[index]
    if (item === undefined) throw new RangeError('There is nothing to pick from')
    return item
  }
  return {
    next,
    between,
    chance: (probability) => next() < probability,
    pick: (items) => at(items, Math.floor(next() * items.length)),
    pickEarly: (items) => at(items, Math.floor(next() ** 2 * items.length)),
    digits: (count) => Array.from({ length: count }, () => between(0, 9)).join(''),
  }
}
