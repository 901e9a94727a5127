import { type Catalog, columnNamed, Failure, type Grant, type Table, type Verb } from '@gatehouse/core'
import { type GrantUnion, unite } from './grant-union.js'
import { showsPlainly, sightOf } from './sight.js'

/** What a caller may do with one table. */
export interface TableAccess {
  /** As the service has it. */
  readonly table: Table
  readonly catalog: Catalog
  /** As the caller sees it. */
  readonly seen: Table
  readonly grants: readonly Grant[]
  readonly verbs: Readonly<Record<Exclude<Verb, 'execute'>, VerbAccess>>
}

/** The grants that allow one verb on a table. */
export interface VerbAccess {
  readonly verb: Exclude<Verb, 'execute'>
  readonly grants: readonly Grant[]
  /** Every grant shows every column as it is, so no column needs a look. */
  readonly plain: boolean
  /** Unions of some of the grants, by their positions: at most as many as there are ways to leave some out. */
  readonly unions: Map<string, GrantUnion>
}

export function tableAccess(table: Table, catalog: Catalog, seen: Table, grants: readonly Grant[]): TableAccess {
  const verbAccess = (verb: VerbAccess['verb']): VerbAccess => {
    const having = grants.filter((grant) => grant.verbs.has(verb))
    const plain = having.every((grant) => showsPlainly(grant, table.columns.keys()))
    return { verb, grants: having, plain, unions: new Map() }
  }
  const verbs = {
    read: verbAccess('read'),
    create: verbAccess('create'),
    update: verbAccess('update'),
    delete: verbAccess('delete'),
  }
  return { table, catalog, seen, grants, verbs }
}

/**
 * The grants of the verb under which all of the columns are plainly visible, united. `columns` absent: the verb alone
 * counts. Throws `forbidden` without the verb, and what `refuseColumns` says where no grant shows the columns.
 */
export function usable(access: TableAccess, verb: VerbAccess['verb'], columns?: ReadonlySet<string>): GrantUnion {
  const { grants, plain, unions } = access.verbs[verb]
  if (grants.length === 0) {
    throw new Failure('forbidden', `You may not ${deeds[verb]} \`${access.table.name}\``)
  }
  let positions = 'all'
  let chosen = grants
  if (columns !== undefined && !plain) {
    chosen = grants.filter((grant) => showsPlainly(grant, columns))
    if (chosen.length === 0) refuseColumns(access, verb, columns)
    if (chosen.length < grants.length) positions = chosen.map((grant) => grants.indexOf(grant)).join()
  }
  const known = unions.get(positions)
  if (known) return known
  const union = unite(chosen, access.table, access.catalog)
  unions.set(positions, union)
  return union
}

const deeds: Readonly<Record<VerbAccess['verb'], string>> = {
  read: 'read',
  create: 'create records in',
  update: 'update',
  delete: 'delete from',
}

function refuseColumns(access: TableAccess, verb: VerbAccess['verb'], columns: ReadonlySet<string>): never {
  for (const name of columns) {
    // The failure of a name that does not exist, since for this caller it does not.
    const column = columnNamed(access.seen, name)
    if (access.verbs[verb].grants.some((grant) => sightOf(grant, name) === 'plain')) continue
    throw verb === 'read' && column.mask !== undefined
      ? new Failure(
          'invalid',
          `Column \`${name}\` is masked for you and cannot be filtered, ordered, grouped or aggregated on`,
        )
      : new Failure('forbidden', `You may not ${deeds[verb]} \`${access.table.name}\` by its column \`${name}\``, {
          hint: `${column.mask === undefined ? '' : 'It is masked for you. '}Leave it out of the records and of what selects them`,
        })
  }
  const names = [...columns].map((name) => `\`${name}\``).join(', ')
  throw new Failure('forbidden', `No single grant of yours allows all of these columns together: ${names}`, {
    hint: 'Use fewer columns in one call',
  })
}
