/** Names whose values are never written: case, `_` and `-` do not matter, so `apiKey` is `api_key`. */
export interface RedactedNames {
  readonly none: boolean
  has(name: string): boolean
  /** False when the text surely holds none of the names. */
  mayMention(text: string): boolean
}

export function redactedNames(names: readonly string[]): RedactedNames {
  const plain = new Set(names.map(normalise).filter((name) => name !== ''))
  // The names that occur are few and known by their schemas; what a caller makes up must not fill the memory.
  const known = new Map<string, boolean>()
  const anyName = new RegExp([...plain].map((name) => [...name].map(escaped).join('[_-]*')).join('|'), 'iu')
  return {
    none: plain.size === 0,
    has(name) {
      let found = known.get(name)
      if (found === undefined) {
        found = plain.has(normalise(name))
        if (known.size < 10_000) known.set(name, found)
      }
      return found
    },
    mayMention: (text) => anyName.test(text),
  }
}

function normalise(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '')
}

function escaped(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
}
