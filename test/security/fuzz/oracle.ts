import { type Attributes, type Condition, evaluate, print } from './condition.js'
import { type Row, type TableName, tableNames, tables, type World } from './world.js'

export type Verb = 'read' | 'create' | 'update' | 'delete'
export type Surface = 'rest' | 'mcp'
export type Mask = 'null' | 'redact' | 'hash' | 'partial' | 'last4'

/** One entry of a role. */
export interface Entry {
  readonly table: TableName | '*'
  readonly verbs: readonly Verb[]
  readonly surfaces?: readonly Surface[]
  readonly deny?: boolean
  readonly allow?: readonly string[]
  readonly hide?: readonly string[]
  readonly mask?: Readonly<Record<string, Mask>>
  readonly rows?: Condition
}
export type Role = readonly Entry[]

/** Who asks: some roles, and what the policies may ask of it. */
export interface Caller {
  readonly name: string
  readonly roles: readonly Role[]
  readonly attributes: Attributes
}

/** The role as the configuration has it. */
export function roleConfig(role: Role): object {
  return {
    grants: role.map((entry) => ({
      service: 'fuzz',
      resource: entry.table === '*' ? '_table/*' : `_table/${entry.table}`,
      ...(entry.deny ? { deny: true } : {}),
      verbs: entry.verbs,
      ...(entry.surfaces && { surfaces: entry.surfaces }),
      ...((entry.allow || entry.hide || entry.mask) && {
        fields: {
          ...(entry.allow && { allow: entry.allow }),
          ...(entry.hide && { deny: entry.hide }),
          ...(entry.mask && { mask: entry.mask }),
        },
      }),
      ...(entry.rows && { rows: print(entry.rows) }),
    })),
  }
}

interface Allowance {
  readonly verbs: ReadonlySet<Verb>
  readonly entry: Entry
}

/** What a caller's roles allow on a table: written from the description of roles, not from the gateway's code. */
function allowances(caller: Caller, table: TableName, surface: Surface): readonly Allowance[] {
  return caller.roles.flatMap((role) => {
    const asked = role.filter(
      (entry) =>
        (entry.table === table || entry.table === '*') && (entry.surfaces ?? ['rest', 'mcp']).includes(surface),
    )
    const exact = asked.some((entry) => !entry.deny && entry.table === table)
    const governing = asked.filter((entry) => !entry.deny && (entry.table === table || !exact))
    const denied = asked.filter((entry) => entry.deny && (entry.table === table || !exact)).flatMap((e) => e.verbs)
    return governing
      .map((entry) => ({ entry, verbs: new Set(entry.verbs.filter((verb) => !denied.includes(verb))) }))
      .filter(({ verbs }) => verbs.size > 0)
  })
}

type Sight = 'plain' | 'hidden' | Mask

function sight(entry: Entry, column: string): Sight {
  if (entry.allow && !entry.allow.includes(column)) return 'hidden'
  if (entry.hide?.includes(column)) return 'hidden'
  return entry.mask?.[column] ?? 'plain'
}

/** A table of which no column is in sight does not exist for the caller. */
function showing(table: TableName, allowed: readonly Allowance[]): readonly Allowance[] {
  const columns = Object.keys(tables[table].columns)
  return allowed.some(({ entry }) => columns.some((column) => sight(entry, column) !== 'hidden')) ? allowed : []
}

/** Everything that can be asked about one caller on one surface. */
export interface Sightline {
  /** The entries for a verb that show all of the columns as they are. */
  usable(table: TableName, verb: Verb, columns: Iterable<string>): readonly Entry[]
  /** The rows that one of these entries lets through. */
  lets(entries: readonly Entry[], table: TableName, row: Row): boolean
  /** Some entry for the verb lets the row through, whatever the columns. */
  reaches(table: TableName, verb: Verb, row: Row): boolean
  /** How a cell is shown: plain wins, then a mask, else it is hidden. */
  cell(table: TableName, row: Row, column: string): readonly Sight[]
  /** The column has a place in what the caller is told of the table. */
  knows(table: TableName, column: string): boolean
  knowsTable(table: TableName): boolean
  /** Which rows each entry lets through, as text: equal for worlds that look alike to the policies. */
  footprint(): string
}

export function sightline(caller: Caller, surface: Surface, rows: World): Sightline {
  const scene = { rows, attributes: caller.attributes, sees: () => true }
  const of = new Map(tableNames.map((table) => [table, showing(table, allowances(caller, table, surface))]))
  const allowed = (table: TableName) => of.get(table) ?? []
  const passes = (entry: Entry, table: TableName, row: Row) =>
    entry.rows === undefined || evaluate(entry.rows, table, row, scene) === true
  const entries = (table: TableName, verb: Verb) =>
    allowed(table)
      .filter(({ verbs }) => verbs.has(verb))
      .map(({ entry }) => entry)
  return {
    usable: (table, verb, columns) => {
      const named = [...columns]
      return entries(table, verb).filter((entry) => named.every((column) => sight(entry, column) === 'plain'))
    },
    lets: (some, table, row) => some.some((entry) => passes(entry, table, row)),
    reaches: (table, verb, row) => entries(table, verb).some((entry) => passes(entry, table, row)),
    cell: (table, row, column) =>
      entries(table, 'read')
        .filter((entry) => passes(entry, table, row))
        .map((entry) => sight(entry, column)),
    knows: (table, column) => allowed(table).some(({ entry }) => sight(entry, column) !== 'hidden'),
    knowsTable: (table) => allowed(table).length > 0,
    footprint: () =>
      tableNames
        .flatMap((table) =>
          allowed(table).map(({ entry }) =>
            rows[table]
              .filter((row) => passes(entry, table, row))
              .map((row) => tables[table].key.map((column) => row[column]).join('/'))
              .join(),
          ),
        )
        .join('|'),
  }
}
