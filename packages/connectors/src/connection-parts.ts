import type { Failure, JsonObject } from '@gatehouse/core'

/** Makes the failure that names what a connector's `connection` takes. */
type InvalidConnection = (expected: string) => Failure

/** Reads the parts of a connection as texts; numbers are those that are written without quotes. Throws for other names. */
export function partReader(parts: JsonObject, names: Iterable<string>, invalid: InvalidConnection) {
  const known = new Set(names)
  for (const name of Object.keys(parts)) {
    if (!known.has(name)) throw invalid(`${[...known].join(', ')}; it has no \`${name}\``)
  }
  return (name: string): string | undefined => {
    const value = parts[name]
    if (value === undefined || value === null) return undefined
    if (typeof value === 'string' || typeof value === 'number') return String(value)
    throw invalid(`a text as \`${name}\``)
  }
}

/** `usual` where none is given. */
export function portOf(text: string | undefined, usual: number, invalid: InvalidConnection): number {
  const port = text === undefined ? usual : Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw invalid('a port from 1 to 65535')
  return port
}
