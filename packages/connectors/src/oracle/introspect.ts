import { type Catalog, type Routine, relate, type Table } from '@gatehouse/core'
import { catalogVersion } from '../sql/catalog-version.js'
import type { Raw, RunOptions } from '../sql/driver.js'
import { tableFilter } from '../sql/table-filter.js'
import {
  argumentsQuery,
  type CatalogQuery,
  checksQuery,
  columnsQuery,
  commentsQuery,
  grantsQuery,
  identitiesQuery,
  indexesQuery,
  keysQuery,
  ownersIn,
  routinesQuery,
  synonymsQuery,
  systemPrivilegesQuery,
  tablesQuery,
  triggersQuery,
  viewColumnsQuery,
} from './introspect-queries.js'
import { routinesOf } from './introspect-routines.js'
import { type Found, type FoundTable, type TableRules, tablesOf } from './introspect-tables.js'
import type { TypeChoices } from './native-type.js'

export interface IntrospectSettings {
  /** Owners as the dictionary spells them; tables of more than one are named `OWNER.TABLE`. */
  readonly schemas: readonly string[]
  readonly user: string
  readonly readOnly?: boolean
  readonly tables: { readonly include: readonly string[]; readonly exclude: readonly string[] }
  readonly choices: TypeChoices
}

/** Asks one statement. */
export type Ask = (text: string, values: readonly string[]) => Promise<readonly (readonly Raw[])[]>

export interface Introspected {
  readonly catalog: Catalog
  /** By table, what errors call its primary key. */
  readonly primaryKeys: ReadonlyMap<string, string>
}

/** How long one of the queries may take. */
export const introspectOptions = (signal: AbortSignal): RunOptions => ({
  signal,
  timeoutMs: 120_000,
  identity: { id: 'gatehouse', name: 'gatehouse', roles: [], attributes: {} },
  readOnly: true,
})

/** Reads the dictionary of each owner in a dozen queries, however many tables it has. */
export async function introspect(ask: Ask, settings: IntrospectSettings): Promise<Introspected> {
  const several = settings.schemas.length > 1
  const nameOf = (owner: string, name: string) =>
    several || !settings.schemas.includes(owner) ? `${owner}.${name}` : name
  const privileges = await ask(systemPrivilegesQuery, [])
  const rules: TableRules = {
    nameOf,
    filter: tableFilter(settings.tables.include, settings.tables.exclude),
    user: settings.user,
    systemPrivileges: new Set(privileges.map(([privilege]) => String(privilege))),
    readOnly: settings.readOnly === true,
    choices: settings.choices,
  }
  const tables = new Map<string, Table>()
  const primaryKeys = new Map<string, string>()
  const routines = new Map<string, Routine[]>()
  const add = ({ table, primaryKeyName }: FoundTable) => {
    if (tables.has(table.name)) return
    tables.set(table.name, table)
    if (primaryKeyName !== undefined) primaryKeys.set(table.name, primaryKeyName)
  }
  for (const owner of settings.schemas) {
    tablesOf(await readOwner(ask, owner), rules).forEach(add)
    const subprograms = await rowsOf(ask, routinesQuery, owner)
    const parameters = await rowsOf(ask, argumentsQuery, owner)
    for (const routine of routinesOf(owner, subprograms, parameters, nameOf, settings.choices)) {
      if (rules.readOnly) continue
      routines.set(routine.name, [...(routines.get(routine.name) ?? []), routine])
    }
  }
  for (const found of await synonymTables(ask, settings, rules)) add(found)
  const related = relate(tables)
  const version = catalogVersion(related, routines)
  return { catalog: { tables: related, routines, anyCase: true, version }, primaryKeys }
}

async function rowsOf<Row>(ask: Ask, query: CatalogQuery<Row>, owner: string): Promise<Row[]> {
  const rows = await ask(query.text, Array<string>(ownersIn(query)).fill(owner))
  return rows.map((cells) => query.read(cells))
}

async function readOwner(ask: Ask, owner: string): Promise<Found> {
  return {
    owner,
    tables: await rowsOf(ask, tablesQuery, owner),
    columns: await rowsOf(ask, columnsQuery, owner),
    comments: await rowsOf(ask, commentsQuery, owner),
    identities: await rowsOf(ask, identitiesQuery, owner),
    keys: await rowsOf(ask, keysQuery, owner),
    indexes: await rowsOf(ask, indexesQuery, owner),
    checks: await rowsOf(ask, checksQuery, owner),
    triggers: await rowsOf(ask, triggersQuery, owner),
    viewColumns: await rowsOf(ask, viewColumnsQuery, owner),
    grants: await rowsOf(ask, grantsQuery, owner),
  }
}

/** Tables of other owners that a synonym brings in: by the synonym's name, at their own place. */
async function synonymTables(ask: Ask, settings: IntrospectSettings, rules: TableRules): Promise<FoundTable[]> {
  const found: FoundTable[] = []
  const others = new Map<string, Found>()
  for (const owner of settings.schemas) {
    for (const synonym of await rowsOf(ask, synonymsQuery, owner)) {
      if (!rules.filter(owner, synonym.name) || settings.schemas.includes(synonym.owner)) continue
      const other = others.get(synonym.owner) ?? (await readOwner(ask, synonym.owner))
      others.set(synonym.owner, other)
      const all: TableRules = { ...rules, filter: (_, name) => name === synonym.target }
      const [table] = tablesOf(other, all)
      if (table) found.push({ ...table, table: { ...table.table, name: rules.nameOf(owner, synonym.name) } })
    }
  }
  return found
}
