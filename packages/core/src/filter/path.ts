import type { Column, Table } from '../catalog/catalog.js'
import { Failure } from '../failure.js'
import { suggest } from '../nearest.js'
import type { Path } from './filter.js'
import type { Scanner } from './scanner.js'

/** The column, whose name may be spelled in another way than it was asked for; or `invalid` with the nearest name. */
export function columnNamed(table: Table, name: string, position?: number): Column {
  const column = table.columns.get(name) ?? (table.anyCase ? inAnyCase(table, name) : undefined)
  if (column) return column
  const at = position === undefined ? '' : ` at position ${position}`
  throw new Failure(
    'invalid',
    `Unknown column \`${name.slice(0, 100)}\`${table.name ? ` of \`${table.name}\`` : ''}${at}`,
    {
      hint: suggest(name, 'Columns', table.columns.keys()),
      context: position === undefined ? { column: name } : { column: name, position },
    },
  )
}

function inAnyCase({ columns }: Table, name: string): Column | undefined {
  const lower = name.toLowerCase()
  for (const column of columns.values()) if (column.name.toLowerCase() === lower) return column
  return undefined
}

export function pathOf(table: Table, name: string): Path {
  const column = columnNamed(table, name)
  return { column: column.name, keys: [], type: column.type }
}

export function readName(scanner: Scanner): string {
  return scanner.takeQuoted('"`') ?? scanner.takeWord() ?? scanner.fail('a column name')
}

/** `column` or `column -> key -> key`. */
export function readOwnPath(scanner: Scanner, table: Table, first?: string, position?: number): Path {
  const at = position ?? scanner.at()
  const column = columnNamed(table, first ?? readName(scanner), at)
  const keys: (string | number)[] = []
  while (scanner.take('->')) {
    scanner.take('>')
    if (column.type !== 'json') {
      throw new Failure('invalid', `\`${column.name}\` has no keys: it is not a JSON column`, {
        context: { position: at },
      })
    }
    const key = scanner.takeQuoted('\'"') ?? scanner.takeKey() ?? scanner.fail('a key')
    if (key === '' || key.length > 200) scanner.fail('a key of 1 to 200 characters')
    keys.push(/^\d{1,9}$/.test(key) ? Number(key) : key)
  }
  return { column: column.name, keys, type: keys.length > 0 ? 'text' : column.type }
}
