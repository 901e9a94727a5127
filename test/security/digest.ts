import { createHash } from 'node:crypto'
import type { Backend, OpenBackend } from '../backends/backend.js'

/** What is in a database: the names of all that it has, and a hash of the rows of each of these tables. */
export async function digest(
  backend: Backend,
  database: OpenBackend,
  tables: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {}
  const objects = await database.read(backend.objects)
  found['(objects)'] = objects.map((row) => String(row.name ?? row.NAME)).join('\n')
  for (const table of tables) {
    const rows = await database.read(`SELECT * FROM ${backend.quote(table)}`)
    const lines = rows.map((row) =>
      JSON.stringify(row, (_name, value) => (typeof value === 'bigint' ? `${value}` : value)),
    )
    found[table] = `${rows.length} rows ${createHash('sha256').update(lines.sort().join('\n')).digest('hex')}`
  }
  return found
}
