import { createHash } from 'node:crypto'

const longest = 64

/**
 * The tool's name of each operation: `{service}_{operation}` in [a-z0-9_], at most 64 characters. A service whose own
 * name has other characters, is too long, or makes a name that is taken, gets a piece of its hash in its prefix, so
 * that the same service has the same names wherever it is.
 */
export function toolPrefixes(
  services: readonly { readonly name: string; readonly operations: readonly { readonly name: string }[] }[],
  reserved: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const taken = new Set(reserved)
  const prefixes = new Map<string, string>()
  // A service that is spelt as its prefix has the first right to it.
  const ordered = [...services].sort(
    (a, b) => Number(plain(b.name)) - Number(plain(a.name)) || (a.name < b.name ? -1 : 1),
  )
  for (const { name, operations } of ordered) {
    const room = longest - 1 - Math.max(0, ...operations.map((operation) => operation.name.length))
    const wanted = clean(name)
    const free = wanted.length <= room && operations.every((o) => !taken.has(`${wanted}_${clean(o.name)}`))
    const prefix = free ? wanted : hashed(name, wanted, room)
    prefixes.set(name, prefix)
    for (const operation of operations) taken.add(`${prefix}_${clean(operation.name)}`)
  }
  return prefixes
}

export function toolName(prefix: string, operation: string): string {
  return `${prefix}_${clean(operation)}`.slice(0, longest)
}

function plain(name: string): boolean {
  return /^[a-z0-9_]+$/.test(name)
}

function clean(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9_]/g, '_')
}

function hashed(name: string, prefix: string, room: number): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 6)
  return `${prefix.slice(0, Math.max(0, room - 7))}_${hash}`
}
