/**
 * Records as text, taken apart and put together without being read: what a database has printed comes through with
 * every digit. The texts are JSON that connectors made, so nothing is checked here.
 */

/** The elements of a JSON array. */
export function elementsOf(text: string): string[] {
  return partsOf(text).map(({ value }) => value)
}

/** The members of a JSON object, in order. */
export function membersOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    partsOf(text).map(({ name, value }) => [name === undefined ? '' : (JSON.parse(name) as string), value]),
  )
}

export function objectText(members: ReadonlyMap<string, string>): string {
  return `{${[...members].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`
}

interface Part {
  /** As it is written, with its quotes; absent in an array. */
  readonly name: string | undefined
  readonly value: string
}

/** What stands between the outermost brackets, cut at the commas (and colons) of that level. */
function partsOf(text: string): Part[] {
  const parts: Part[] = []
  let depth = 0
  let start = 0
  let name: string | undefined
  const end = (at: number) => {
    const value = text.slice(start, at).trim()
    if (value !== '') parts.push({ name, value })
    name = undefined
    start = at + 1
  }
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // "
        i = stringEnd(text, i)
        break
      case 0x5b: // [
      case 0x7b: // {
        if (depth++ === 0) start = i + 1
        break
      case 0x5d: // ]
      case 0x7d: // }
        if (--depth === 0) end(i)
        break
      case 0x2c: // ,
        if (depth === 1) end(i)
        break
      case 0x3a: // :
        if (depth === 1) {
          name = text.slice(start, i).trim()
          start = i + 1
        }
        break
      default:
    }
  }
  return parts
}

/** The position of the quote that ends the string which begins at a position. */
function stringEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x5c) i++
    else if (code === 0x22) return i
  }
  return text.length
}
