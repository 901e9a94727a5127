import type { JsonObject, JsonValue } from '@gatehouse/core'
import { columnValue, grantColumns, limitColumns, type Row } from './access-columns.js'
import type { FileRows } from './access-rows.js'
import type { Scope } from './scope.js'

/** Brings the rows that the configuration defines to what it says now. Where nothing has changed, nothing is written. */
export async function mirror(own: Scope, file: FileRows): Promise<void> {
  await mirrorNamed(own, 'tenants', file.tenants)
  await mirrorNamed(own, 'api_keys', file.api_keys)
  await mirrorNamed(own, 'services', file.services)
  await mirrorNamed(own, 'mcp_endpoints', file.mcp_endpoints)
  await mirrorNamed(
    own,
    'roles',
    file.roles.map(({ name, description = null }) => ({ name, description })),
  )
  const roles: { id: number | string; name: string }[] = await own
    .rows('roles')
    .where('source', 'file')
    .select('id', 'name')
  const ids = new Map(roles.map(({ id, name }) => [name, id]))
  const grants = file.roles.flatMap(({ name, grants: all }) =>
    all.map((g) => ({ ...g, role_id: Number(ids.get(name)) })),
  )
  await mirrorList(own, 'grants', grants, [...grantColumns, 'role_id'])
  await mirrorList(own, 'limits', file.limits, limitColumns)
}

/** Rows keep their ids for as long as their names stay. */
async function mirrorNamed(
  own: Scope,
  table: 'tenants' | 'api_keys' | 'services' | 'mcp_endpoints' | 'roles',
  wanted: readonly JsonObject[],
) {
  const rows: Row[] = await own.rows(table).where('source', 'file')
  const there = new Map(rows.map((row) => [String(row.name), row]))
  const at = new Date().toISOString()
  const made: object[] = []
  for (const want of wanted) {
    const row = columnsOf(want)
    const found = there.get(String(want.name))
    there.delete(String(want.name))
    if (!found) made.push({ ...row, source: 'file', created: at, changed: at })
    else if (differs(found, want, Object.keys(want))) {
      await own
        .rows(table)
        .where('id', String(found.id))
        .update({ ...row, changed: at })
    }
  }
  const gone = [...there.values()].map((row) => String(row.id))
  for (const part of parts(gone)) await own.rows(table).whereIn('id', part).delete()
  for (const part of parts(made)) await own.insert(table, part)
}

/** Rows without a name are replaced all together, where any is new. */
async function mirrorList(
  own: Scope,
  table: 'grants' | 'limits',
  wanted: readonly JsonObject[],
  columns: readonly string[],
) {
  const rows: Row[] = await own.rows(table).where('source', 'file').orderBy('id')
  const alike = rows.length === wanted.length && wanted.every((want, i) => !differs(rows[i] ?? {}, want, columns))
  if (alike) return
  await own.rows(table).where('source', 'file').delete()
  const at = new Date().toISOString()
  const made = wanted.map((want) => {
    const whole = Object.fromEntries(columns.map((name) => [name, want[name] ?? unset(name)]))
    return { ...columnsOf(whole), source: 'file', created: at, changed: at }
  })
  for (const part of parts(made)) await own.insert(table, part)
}

/** Few enough for the parameters of one statement. */
function* parts<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += 200) yield all.slice(from, from + 200)
}

/** What a column holds that the configuration says nothing of. */
function unset(name: string): JsonValue {
  return name === 'deny' ? false : null
}

function differs(found: Row, want: JsonObject, columns: readonly string[]): boolean {
  return columns.some((name) => {
    const value = want[name] ?? unset(name)
    const is = columnValue(name, found[name]) ?? null
    return (
      JSON.stringify(is) !== JSON.stringify(typeof value === 'number' && name === 'role_id' ? Number(value) : value)
    )
  })
}

/** Values as a driver takes them. */
function columnsOf(row: JsonObject): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value !== null && typeof value === 'object' ? JSON.stringify(value) : value,
    ]),
  )
}
