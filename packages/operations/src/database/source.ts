import {
  type Catalog,
  Failure,
  type JsonValue,
  type Routine,
  type Service,
  suggest,
  type Table,
  type TableAbilities,
} from '@gatehouse/core'
import { type PreparedTable, prepareTable } from './prepared-table.js'

/** Where the tables of a service live: in its paths and in its grants. */
export interface Layout {
  /** `/_table/{table_name}` */
  readonly tablePath: string
  /** `_table/orders` */
  resource(table: string): string
}

/** What all operations of one service share for one caller: the catalog that it may see, prepared table by table. */
export interface Source {
  readonly service: Service
  readonly catalog: Catalog
  readonly layout: Layout
  /** Names of the tables that can do it, in order. */
  tablesThatCan(ability: keyof TableAbilities): readonly string[]
  /** Throws `not_found` for a table that is not there, `method_not_allowed` where it cannot do it. */
  table(name: JsonValue | undefined, ability: keyof TableAbilities): PreparedTable
  /** The overloads. Throws `not_found`. */
  routines(kind: Routine['kind'], name: JsonValue | undefined): readonly Routine[]
  routineNames(kind: Routine['kind'], readOnly: boolean): readonly string[]
}

export function sourceOf(service: Service, catalog: Catalog, layout: Layout): Source {
  const prepared = new Map<string, PreparedTable>()
  const can = new Map<keyof TableAbilities, readonly string[]>()
  const ofKind = (kind: Routine['kind'], readOnly: boolean) => (routine: Routine) =>
    routine.kind === kind && (!readOnly || routine.readOnly)
  const source: Source = {
    service,
    catalog,
    layout,
    tablesThatCan(ability) {
      let names = can.get(ability)
      if (!names) {
        names = [...catalog.tables.values()].filter((t) => t.can[ability]).map((t) => t.name)
        can.set(ability, names)
      }
      return names
    },
    table(name, ability) {
      const key = typeof name === 'string' ? name : ''
      let found = prepared.get(key)
      if (!found) {
        const table = catalog.tables.get(key)
        if (!table) {
          throw new Failure('not_found', `There is no table \`${key.slice(0, 100)}\` in \`${service.name}\``, {
            hint: suggest(key, 'Tables', source.tablesThatCan(ability)),
          })
        }
        found = prepareTable(table, catalog)
        prepared.set(key, found)
      }
      if (!found.table.can[ability]) throw cannot(found.table, ability)
      return found
    },
    routineNames(kind, readOnly) {
      const names = [...catalog.routines].filter(([, overloads]) => overloads.some(ofKind(kind, readOnly)))
      return names.map(([name]) => name)
    },
    routines(kind, name) {
      const key = typeof name === 'string' ? name : ''
      const found = catalog.routines.get(key)?.filter(ofKind(kind, false)) ?? []
      if (found.length > 0) return found
      const label = kind === 'procedure' ? 'Procedures' : 'Functions'
      throw new Failure('not_found', `There is no ${kind} \`${key.slice(0, 100)}\` in \`${service.name}\``, {
        hint: suggest(key, label, source.routineNames(kind, false)),
      })
    },
  }
  return source
}

const deeds: Readonly<Record<keyof TableAbilities, string>> = {
  read: 'read',
  create: 'created',
  update: 'updated',
  delete: 'deleted',
}

function cannot(table: Table, ability: keyof TableAbilities): Failure {
  return new Failure('method_not_allowed', `Records of the ${table.kind} \`${table.name}\` cannot be ${deeds[ability]}`)
}
