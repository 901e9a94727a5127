/** A statement as the server takes it: `?` for each value, in the order of the text. */
export interface Positional {
  readonly text: string
  /** For each `?` the place of its value (from 0) in the values that were given. */
  readonly order: readonly number[]
  /** The order is 0, 1, 2, ... so the values can be handed over as they are. */
  readonly straight: boolean
}

/** The placeholder of the nth value (from 1). MySQL knows only `?`; the number is taken out before the server sees it. */
export function numbered(position: number): string {
  return `?${position}`
}

/** Quoted names and texts are skipped whole. Sessions run with NO_BACKSLASH_ESCAPES, so only quotes end a text. */
const token = /`(?:[^`]|``)*`|'(?:[^']|'')*'|"(?:[^"]|"")*"|\?(\d+)/g

/** Numbered placeholders turned into positions, so that a value may be used twice or out of order. */
export function positional(text: string): Positional {
  const order: number[] = []
  const plain = text.replace(token, (found: string, position: string | undefined) => {
    if (position === undefined) return found
    order.push(Number(position) - 1)
    return '?'
  })
  return { text: plain, order, straight: order.every((place, i) => place === i) }
}

const maxKept = 2000
/** Bulk inserts have texts too long to be worth keeping. */
const maxLength = 20_000

/** `positional`, remembered by text. */
export function keepPositional(): (text: string) => Positional {
  const kept = new Map<string, Positional>()
  return (text) => {
    const known = kept.get(text)
    if (known) return known
    const made = positional(text)
    if (text.length <= maxLength) {
      if (kept.size >= maxKept) kept.clear()
      kept.set(text, made)
    }
    return made
  }
}

export function inOrder(statement: Positional, values: readonly unknown[]): unknown[] {
  if (statement.straight && values.length === statement.order.length) return [...values]
  return statement.order.map((place) => values[place])
}
