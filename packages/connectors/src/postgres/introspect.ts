import { type Catalog, type Routine, relate, type ServiceSettings, type Table } from '@gatehouse/core'
import { catalogVersion } from '../sql/catalog-version.js'
import type { Raw, SqlDriver } from '../sql/driver.js'
import { tableFilter } from '../sql/table-filter.js'
import type { Constraints } from './constraints.js'
import {
  checksQuery,
  columnsQuery,
  enumsQuery,
  foreignKeysQuery,
  formatsQuery,
  keysQuery,
  routinesQuery,
  rowTypesQuery,
  stateQuery,
  tablesQuery,
  typesQuery,
} from './introspect-queries.js'
import { routinesOf } from './introspect-routines.js'
import { constraintsOf, type Found, tablesOf } from './introspect-tables.js'
import type { PgRunOptions } from './lease.js'
import { formatKey, type PgType, typesOf } from './types.js'
import { bind } from './values.js'

export interface IntrospectSettings extends Pick<ServiceSettings, 'schemas' | 'tables' | 'readOnly'> {
  /** Calls run as roles of their own, so what the connection's user may do says nothing of them. */
  readonly otherRoles: boolean
}

type Rows = readonly (readonly Raw[])[]

const timeoutMs = 60_000
const identity = { id: 'gatehouse', name: 'gatehouse', roles: [], attributes: {} }

/** Reads the schemas in a dozen queries, however many tables they have. */
export async function introspect(
  driver: SqlDriver,
  settings: IntrospectSettings,
  signal: AbortSignal,
): Promise<{ readonly catalog: Catalog; readonly constraints: Constraints }> {
  const options: PgRunOptions = { signal, timeoutMs, identity, readOnly: true, asService: true }
  const schemas = bind(JSON.stringify(settings.schemas), 'array')
  // One moment of the schema for all questions, also while it is being changed.
  return driver.transaction(options, async (session) => {
    const ask = async (text: string, ...values: unknown[]): Promise<Rows> => (await session.rows({ text }, values)).rows
    await ask('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ')
    const found: Found = {
      tables: await ask(tablesQuery, schemas),
      columns: await ask(columnsQuery, schemas),
      keys: await ask(keysQuery, schemas),
      foreignKeys: await ask(foreignKeysQuery, schemas),
      checks: await ask(checksQuery, schemas),
    }
    const routineRows = await ask(routinesQuery, schemas, settings.otherRoles ? 't' : 'f')
    const byOid = pgTypes(await ask(typesQuery))
    const returned = routineRows.map((row) => String(row[6])).filter((oid) => byOid.get(oid)?.kind === 'c')
    const rowTypes = returned.length > 0 ? await ask(rowTypesQuery, `{${returned.join()}}`) : []
    const enums = grouped(await ask(enumsQuery))
    const modified = [...modifiers(found.columns, 2, 3), ...modifiers(rowTypes, 2, 3), ...domainModifiers(byOid)]
    const formats = await ask(formatsQuery, `{${modified.map(([o]) => o)}}`, `{${modified.map(([, m]) => m)}}`)
    const types = typesOf(
      byOid,
      enums,
      new Map(formats.map((row) => [formatKey(String(row[0]), Number(row[1])), String(row[2])])),
    )
    const [state] = await ask(stateQuery)

    const several = settings.schemas.length > 1
    const nameOf = (schema: string, name: string) =>
      several || !settings.schemas.includes(schema) ? `${schema}.${name}` : name
    const tables = new Map<string, Table>()
    const filter = tableFilter(settings.tables.include, settings.tables.exclude)
    const readOnly = settings.readOnly || state?.[0] === 't'
    for (const table of tablesOf(found, types, { nameOf, filter, readOnly, otherRoles: settings.otherRoles })) {
      tables.set(table.name, table)
    }
    const routines = new Map<string, Routine[]>()
    for (const routine of routinesOf(routineRows, rowTypes, types, nameOf)) {
      if (readOnly && !routine.readOnly) continue
      routines.set(routine.name, [...(routines.get(routine.name) ?? []), routine])
    }
    const related = relate(tables)
    const catalog = { tables: related, routines, version: catalogVersion(related, routines) }
    return { catalog, constraints: constraintsOf(found) }
  })
}

function pgTypes(rows: Rows): ReadonlyMap<string, PgType> {
  const text = (raw: Raw | undefined) => String(raw ?? '')
  return new Map(
    rows.map((row) => [
      text(row[0]),
      {
        oid: text(row[0]),
        name: text(row[1]),
        schema: text(row[2]),
        kind: text(row[3]),
        category: text(row[4]),
        base: text(row[5]),
        typmod: Number(row[6]),
        notNull: row[7] === 't',
        element: text(row[8]),
        format: text(row[9]),
        checks: row[11] === null || row[11] === undefined ? undefined : text(row[11]),
      },
    ]),
  )
}

function grouped(rows: Rows): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>()
  for (const row of rows) {
    const key = String(row[0])
    const group = groups.get(key)
    if (group) group.push(String(row[1]))
    else groups.set(key, [String(row[1])])
  }
  return groups
}

/** The distinct pairs of type and modifier. */
function modifiers(rows: Rows, oidAt: number, typmodAt: number): (readonly [string, number])[] {
  const pairs = new Map<string, readonly [string, number]>()
  for (const row of rows) {
    const pair = [String(row[oidAt]), Number(row[typmodAt])] as const
    if (pair[1] >= 0) pairs.set(formatKey(...pair), pair)
  }
  return [...pairs.values()]
}

/** A domain hands its modifier, or its user's, to its base type. */
function domainModifiers(types: ReadonlyMap<string, PgType>): (readonly [string, number])[] {
  return [...types.values()].filter((t) => t.kind === 'd' && t.typmod >= 0).map((t) => [t.base, t.typmod] as const)
}
