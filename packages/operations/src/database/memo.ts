/** The longest key that is worth keeping. */
const longestKey = 2000

/**
 * Remembers what `make` made of a text, for the `most` texts that came last. Answers the same object for the same
 * text, which is what the connectors' statement caches go by. What throws is not remembered.
 */
export function memo<T extends object>(most: number, make: (text: string) => T): (text: string) => T {
  const made = new Map<string, T>()
  return (text) => {
    const known = made.get(text)
    if (known !== undefined) return known
    const value = make(text)
    if (text.length > longestKey) return value
    if (made.size >= most) {
      for (const oldest of made.keys()) {
        made.delete(oldest)
        break
      }
    }
    made.set(text, value)
    return value
  }
}
