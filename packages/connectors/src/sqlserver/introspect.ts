import { type Catalog, Failure, type Routine, relate } from '@gatehouse/core'
import { catalogVersion } from '../sql/catalog-version.js'
import type { Raw, RunOptions } from '../sql/driver.js'
import { textIn } from '../sql/encode.js'
import { tableFilter } from '../sql/table-filter.js'
import type { SqlserverDriver } from './driver.js'
import type { KeyColumns } from './errors.js'
import {
  type CatalogQuery,
  type Cells,
  checksQuery,
  columnsQuery,
  foreignKeysQuery,
  type KeyRow,
  keysQuery,
  parametersQuery,
  type ResultRow,
  type RoutineRow,
  resultsQuery,
  routinesQuery,
  type ServerRow,
  serverQuery,
  type TableRow,
  type TypeColumnRow,
  tablesQuery,
  tableTypesQuery,
} from './introspect-queries.js'
import { isProcedure, routinesOf } from './introspect-routines.js'
import { tablesOf } from './introspect-tables.js'
import { nativeTypeOf } from './native-type.js'
import { bind } from './parameters.js'

export interface IntrospectSettings {
  /** Empty: the default schema of the connection's user. Tables of more than one are named `schema.table`. */
  readonly schemas: readonly string[]
  readonly readOnly: boolean
  readonly tables: { readonly include: readonly string[]; readonly exclude: readonly string[] }
}

/** A column of a type of tables, with its type as SQL. */
interface TypeColumn {
  readonly name: string
  readonly nativeType: string
}

/** What a statement needs to know that no catalog says. */
export interface Knowledge {
  readonly keyColumns: KeyColumns
  /** The columns of a type of tables that values can be given for, by `schema.name`. */
  readonly tableTypes: ReadonlyMap<string, readonly TypeColumn[]>
}

interface Introspected {
  readonly catalog: Catalog
  readonly knowledge: Knowledge
}

const timeoutMs = 60_000
const identity = { id: 'gatehouse', name: 'gatehouse', roles: [], attributes: {} }

/** Versions since SQL Server 2019, and compatibility levels that know OPENJSON. */
const leastVersion = 15
const leastCompatibility = 130
const azure = new Set([5, 8])

export type Introspect = (signal: AbortSignal) => Promise<Introspected>

/** Reads all schemas in ten queries, however many tables they have. */
export function introspecting(driver: SqlserverDriver, settings: IntrospectSettings): Introspect {
  const results = keepResults()
  return async (signal) => {
    const options: RunOptions = { signal, timeoutMs, identity, readOnly: true }
    const ask = async <Row>(query: CatalogQuery<Row>, list: readonly (string | number)[]): Promise<Row[]> => {
      const values = query.text.includes('@p1') ? [bind(JSON.stringify(list), 'text')] : []
      const { rows } = await driver.ownRows({ text: query.text }, values, options)
      return rows.map((row) => query.read(cellsOf(row)))
    }
    const [server] = await ask(serverQuery, [])
    if (!server) throw new Failure('unavailable', 'The database does not say what it is', { retryAfter: 5 })
    requireKnown(server)
    const schemas = settings.schemas.length > 0 ? settings.schemas : [server.schema]
    const nameOf = (schema: string, name: string) =>
      schemas.length > 1 || !schemas.includes(schema) ? `${schema}.${name}` : name
    const columns = await ask(columnsQuery, schemas)
    const tables = await ask(tablesQuery, schemas)
    const readOnly = settings.readOnly || !server.writable
    const rules = { nameOf, readOnly, filter: tableFilter(settings.tables.include, settings.tables.exclude) }
    const found = {
      tables,
      columns,
      keys: await ask(keysQuery, schemas),
      foreignKeys: await ask(foreignKeysQuery, schemas),
      checks: await ask(checksQuery, schemas),
    }
    const named = new Map(tablesOf(found, rules).map((table) => [table.name, table]))
    const routineRows = await ask(routinesQuery, schemas)
    const foundRoutines = {
      routines: routineRows,
      parameters: await ask(parametersQuery, schemas),
      columns,
      results: await results(routineRows, (ids) => ask(resultsQuery, ids)),
    }
    const routines = new Map<string, Routine[]>()
    for (const routine of routinesOf(foundRoutines, nameOf)) {
      if (!readOnly || routine.readOnly) routines.set(routine.name, [routine])
    }
    const related = relate(named)
    return {
      catalog: { tables: related, routines, version: catalogVersion(related, routines) },
      knowledge: {
        keyColumns: keyColumnsOf(tables, found.keys),
        tableTypes: typesOf(await ask(tableTypesQuery, schemas)),
      },
    }
  }
}

function placeOf(...names: readonly (string | undefined)[]): string {
  return JSON.stringify(names)
}

/** The server's messages say `dbo.orders` and the name of the key. */
function keyColumnsOf(tables: readonly TableRow[], keys: readonly KeyRow[]): KeyColumns {
  const names = new Map(tables.map(({ id, schema, name }) => [id, `${schema}.${name}`]))
  const columns = new Map<string, string[]>()
  for (const { id, key, column } of keys) {
    const place = placeOf(names.get(id), key)
    columns.set(place, [...(columns.get(place) ?? []), column])
  }
  return (table, key) => columns.get(placeOf(table, key))
}

function requireKnown({ version, edition, compatibility }: ServerRow): void {
  const known = azure.has(edition) || version >= leastVersion
  if (known && compatibility >= leastCompatibility) return
  throw new Failure('unsupported', 'This version of SQL Server is too old', {
    hint: known
      ? `Raise the compatibility level of the database to ${leastCompatibility} or more`
      : 'SQL Server 2019 or later is needed',
  })
}

/** Describing a procedure compiles it, so that is done again only for those that have changed. */
function keepResults() {
  let known = new Map<number, { readonly changed: string; readonly rows: readonly ResultRow[] }>()
  return async (routines: readonly RoutineRow[], ask: (ids: readonly number[]) => Promise<ResultRow[]>) => {
    const procedures = routines.filter(isProcedure)
    const fresh = procedures.filter(({ id, changed }) => known.get(id)?.changed !== changed)
    const found = fresh.length === 0 ? [] : await ask(fresh.map(({ id }) => id))
    known = new Map(
      procedures.map(({ id, changed }) => {
        const kept = known.get(id)
        return [id, kept?.changed === changed ? kept : { changed, rows: found.filter((row) => row.id === id) }]
      }),
    )
    return [...known.values()].flatMap(({ rows }) => rows)
  }
}

function typesOf(rows: readonly TypeColumnRow[]): Map<string, TypeColumn[]> {
  const types = new Map<string, TypeColumn[]>()
  for (const { schema, type, name, systemType, generated, maxLength, precision, scale } of rows) {
    if (systemType === undefined || generated) continue
    const place = `${schema}.${type}`
    const column = { name, nativeType: nativeTypeOf(systemType, maxLength, precision, scale) }
    types.set(place, [...(types.get(place) ?? []), column])
  }
  return types
}

function cellsOf(row: readonly Raw[]): Cells {
  const optional = (index: number) => textIn(row[index])
  return {
    optional,
    text: (index) => optional(index) ?? '',
    number: (index) => Number(optional(index) ?? 0),
    flag: (index) => Number(optional(index) ?? 0) === 1,
  }
}
