import { type Catalog, type Routine, relate, type Table } from '@gatehouse/core'
import { catalogVersion } from '../sql/catalog-version.js'
import type { Raw, RunOptions } from '../sql/driver.js'
import { textIn } from '../sql/encode.js'
import { tableFilter } from '../sql/table-filter.js'
import type { MysqlDriver } from './driver.js'
import type { Flavour } from './flavour.js'
import {
  type CatalogQuery,
  type Cells,
  checksQuery,
  columnsQuery,
  foreignKeysQuery,
  keysQuery,
  parametersQuery,
  routinesQuery,
  tablesQuery,
  viewsQuery,
} from './introspect-queries.js'
import { routinesOf } from './introspect-routines.js'
import { type Found, tablesOf } from './introspect-tables.js'
import { type Privileges, privilegesOf } from './privileges.js'

export interface IntrospectSettings {
  /** As the server calls them; tables of more than one are named `schema.table`. */
  readonly schemas: readonly string[]
  /** Nothing is to be written, whatever the user may do. */
  readonly readOnly?: boolean
  readonly tables: { readonly include: readonly string[]; readonly exclude: readonly string[] }
}

const timeoutMs = 60_000
const identity = { id: 'gatehouse', name: 'gatehouse', roles: [], attributes: {} }

/** Reads schemas in eight queries each, however many tables they have. */
export async function introspect(
  driver: MysqlDriver,
  settings: IntrospectSettings,
  signal: AbortSignal,
): Promise<Catalog> {
  const options: RunOptions = { signal, timeoutMs, identity, readOnly: true }
  const flavour = await driver.flavour()
  const ask = asking(driver, options)
  const rights = await rightsOf(driver, options)
  const readOnly = rights.readOnly || settings.readOnly === true
  const filter = tableFilter(settings.tables.include, settings.tables.exclude)
  const several = settings.schemas.length > 1
  const nameOf = (schema: string, name: string) =>
    several || !settings.schemas.includes(schema) ? `${schema}.${name}` : name
  const tables = new Map<string, Table>()
  const routines = new Map<string, Routine[]>()
  for (const schema of settings.schemas) {
    const found = await readSchema(ask, schema, flavour)
    for (const table of tablesOf(found, { nameOf, filter, privileges: rights.privileges, readOnly, flavour }))
      tables.set(table.name, table)
    for (const routine of routinesOf(found.routines, found.parameters, nameOf)) {
      if (readOnly && !routine.readOnly) continue
      routines.set(routine.name, [...(routines.get(routine.name) ?? []), routine])
    }
  }
  const related = relate(tables)
  return { tables: related, routines, version: catalogVersion(related, routines) }
}

type Ask = <Row extends { readonly schema: string }>(query: CatalogQuery<Row>, schema: string) => Promise<Row[]>

async function readSchema(ask: Ask, schema: string, flavour: Flavour): Promise<Found> {
  return {
    tables: await ask(tablesQuery, schema),
    views: await ask(viewsQuery, schema),
    columns: await ask(columnsQuery, schema),
    keys: await ask(keysQuery, schema),
    foreignKeys: await ask(foreignKeysQuery, schema),
    checks: flavour.checks ? await ask(checksQuery(flavour), schema) : [],
    routines: await ask(routinesQuery, schema),
    parameters: await ask(parametersQuery, schema),
  }
}

function asking(driver: MysqlDriver, options: RunOptions): Ask {
  return async (query, schema) => {
    const { rows } = await driver.rows({ text: query.text }, [schema], options)
    // information_schema compares names without case, but the schema that was meant is this one alone.
    return rows.map((row) => query.read(cellsOf(row))).filter((row) => row.schema === schema)
  }
}

function cellsOf(row: readonly Raw[]): Cells {
  const optional = (index: number) => textIn(row[index])
  return {
    optional,
    text: (index) => optional(index) ?? '',
    number: (index) => {
      const text = optional(index)
      return text === undefined ? undefined : Number(text)
    },
  }
}

/** What the user may do, its active roles included, and whether the whole server is read-only (a replica). */
async function rightsOf(
  driver: MysqlDriver,
  options: RunOptions,
): Promise<{ privileges: Privileges; readOnly: boolean }> {
  const { rows: state } = await driver.rows({ text: 'SELECT @@GLOBAL.read_only, CURRENT_ROLE()' }, [], options)
  const role = String(state[0]?.[1] ?? 'NONE')
  const { mariadb } = await driver.flavour()
  // MySQL tells the grants of active roles only when it is given their names, which come quoted from the server.
  const using = mariadb || role === 'NONE' ? '' : ` FOR CURRENT_USER() USING ${role}`
  const { rows } = await driver.rows({ text: `SHOW GRANTS${using}` }, [], options)
  const privileges = privilegesOf(rows.map((row) => cellsOf(row).text(0)))
  const readOnly = ['1', 'ON'].includes(String(state[0]?.[0])) && !privileges.superuser
  return { privileges, readOnly }
}
