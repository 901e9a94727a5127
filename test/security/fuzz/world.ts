import type { Backend, ColumnKind, OpenBackend } from '../../backends/backend.js'

/** A value of the fuzzed tables: whole numbers and texts only, so that every database compares them alike. */
export type Cell = number | string | null
export type Row = Readonly<Record<string, Cell>>
export type TableName = 'people' | 'visits' | 'badges' | 'wearing'
export type World = Readonly<Record<TableName, readonly Row[]>>

interface ColumnSpec {
  readonly kind: ColumnKind
  /** `mark`: each value names its own row and column, so that a leak shows wherever it comes out. */
  readonly holds: 'key' | 'link' | 'small' | 'group' | 'mark' | 'mark_number'
}
export interface TableSpec {
  readonly columns: Readonly<Record<string, ColumnSpec>>
  readonly key: readonly string[]
  readonly constraints: readonly string[]
}

/** Names of columns and tables are words that no answer has by itself, so that a hidden one is noticed in any answer. */
export const tables: Readonly<Record<TableName, TableSpec>> = {
  people: {
    columns: {
      id: { kind: 'bigint', holds: 'key' },
      fullname: { kind: 'name', holds: 'mark' },
      territory: { kind: 'code', holds: 'group' },
      grade_no: { kind: 'integer', holds: 'small' },
      mailbox: { kind: 'name', holds: 'mark' },
      handset: { kind: 'name', holds: 'mark' },
      insurance: { kind: 'name', holds: 'mark' },
      wages: { kind: 'integer', holds: 'mark_number' },
    },
    key: ['id'],
    constraints: ['PRIMARY KEY (id)'],
  },
  badges: {
    columns: {
      id: { kind: 'bigint', holds: 'key' },
      caption: { kind: 'name', holds: 'mark' },
      heft: { kind: 'integer', holds: 'small' },
    },
    key: ['id'],
    constraints: ['PRIMARY KEY (id)'],
  },
  visits: {
    columns: {
      id: { kind: 'bigint', holds: 'key' },
      person_id: { kind: 'bigint', holds: 'link' },
      venue: { kind: 'name', holds: 'mark' },
      outlay: { kind: 'integer', holds: 'mark_number' },
      mood_no: { kind: 'integer', holds: 'small' },
      whisper: { kind: 'name', holds: 'mark' },
    },
    key: ['id'],
    constraints: ['PRIMARY KEY (id)', 'CONSTRAINT visited FOREIGN KEY (person_id) REFERENCES people (id)'],
  },
  wearing: {
    columns: {
      person_id: { kind: 'bigint', holds: 'link' },
      badge_id: { kind: 'bigint', holds: 'link' },
      tenure_no: { kind: 'integer', holds: 'small' },
    },
    key: ['person_id', 'badge_id'],
    constraints: [
      'PRIMARY KEY (person_id, badge_id)',
      'CONSTRAINT worn_by FOREIGN KEY (person_id) REFERENCES people (id)',
      'CONSTRAINT worn FOREIGN KEY (badge_id) REFERENCES badges (id)',
    ],
  },
}
export const tableNames = Object.keys(tables) as TableName[]

export interface Link {
  readonly table: TableName
  readonly columns: readonly string[]
  readonly foreign: readonly string[]
  readonly junction?: { readonly near: string; readonly far: string }
}

/** The relationships by the rule of their names. */
export const links: Readonly<Record<TableName, Readonly<Record<string, Link>>>> = {
  people: {
    visits_by_person_id: { table: 'visits', columns: ['id'], foreign: ['person_id'] },
    wearing_by_person_id: { table: 'wearing', columns: ['id'], foreign: ['person_id'] },
    badges_by_wearing: {
      table: 'badges',
      columns: ['id'],
      foreign: ['id'],
      junction: { near: 'person_id', far: 'badge_id' },
    },
  },
  badges: {
    wearing_by_badge_id: { table: 'wearing', columns: ['id'], foreign: ['badge_id'] },
    people_by_wearing: {
      table: 'people',
      columns: ['id'],
      foreign: ['id'],
      junction: { near: 'badge_id', far: 'person_id' },
    },
  },
  visits: { people_by_person_id: { table: 'people', columns: ['person_id'], foreign: ['id'] } },
  wearing: {
    people_by_person_id: { table: 'people', columns: ['person_id'], foreign: ['id'] },
    badges_by_badge_id: { table: 'badges', columns: ['badge_id'], foreign: ['id'] },
  },
}

export const territories = ['north', 'south', 'east'] as const

/** `~people.7.mailbox~`; of a twin, `~people.t7.mailbox~`. It keeps its first character, its end, and what is behind an @. */
export function mark(table: TableName, id: number, column: string, twin = ''): string {
  return `~${table}.${twin}${id}.${column}~${column === 'mailbox' ? '@mail.test' : ''}`
}

/** Eight digits that no other cell has. The last four and the first are those of the twin's value too. */
export function markNumber(id: number, twin = false): number {
  return (twin ? 92_000_000 : 91_000_000) + 500 + id * 7
}

const people = 18
const visits = 36
const badges = 5

function marked(table: TableName, id: number, own: Row): Row {
  const row: Record<string, Cell> = {}
  for (const [name, { holds }] of Object.entries(tables[table].columns)) {
    if (name in own) row[name] = own[name] ?? null
    else if (holds === 'mark') row[name] = (id + name.length) % 11 === 0 ? null : mark(table, id, name)
    else if (holds === 'mark_number') row[name] = markNumber(table === 'visits' ? id + 1000 : id)
    else throw new Error(`${table}.${name} has no value`)
  }
  return row
}

/** The rows that every case begins with. */
export const world: World = {
  people: Array.from({ length: people }, (_, i) =>
    marked('people', i + 1, {
      id: i + 1,
      territory: i % 7 === 6 ? null : (territories[i % 3] ?? null),
      grade_no: i % 5 === 4 ? null : (i % 5) + 1,
    }),
  ),
  badges: Array.from({ length: badges }, (_, i) =>
    marked('badges', i + 1, { id: i + 1, heft: i === 3 ? null : i + 1 }),
  ),
  visits: Array.from({ length: visits }, (_, i) =>
    marked('visits', i + 1, {
      id: i + 1,
      person_id: ((i * 5) % people) + 1,
      mood_no: i % 4 === 3 ? null : (i % 4) + 1,
    }),
  ),
  wearing: Array.from({ length: people }, (_, i) => [
    { person_id: i + 1, badge_id: (i % badges) + 1, tenure_no: i % 6 },
    ...(i % 2 === 0 ? [{ person_id: i + 1, badge_id: ((i + 2) % badges) + 1, tenure_no: null }] : []),
  ]).flat(),
}

export function schemaStatements({ types, quote }: Backend): string[] {
  return tableNames.map((name) => {
    const { columns, key, constraints } = tables[name]
    const lines = Object.entries(columns).map(
      ([column, { kind, holds }]) =>
        `${quote(column)} ${types[kind]} ${key.includes(column) || holds === 'link' ? 'NOT NULL' : 'NULL'}`,
    )
    return `CREATE TABLE ${quote(name)} (${[...lines, ...constraints].join(', ')})`
  })
}

/** Puts exactly these rows into the tables. */
export async function fill(database: OpenBackend, rows: World): Promise<void> {
  const removed = [...tableNames].reverse().map((table) => `DELETE FROM ${table}`)
  const added = tableNames.flatMap((table) => {
    if (rows[table].length === 0) return []
    const columns = Object.keys(tables[table].columns)
    const tuples = rows[table].map((row) => `(${columns.map((column) => literal(row[column] ?? null)).join(', ')})`)
    return [`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${tuples.join(', ')}`]
  })
  await database.run(['BEGIN', ...removed, ...added, 'COMMIT'])
}

/** What is in the tables now, as their owner sees it. */
export async function read(database: OpenBackend): Promise<World> {
  const found: Partial<Record<TableName, Row[]>> = {}
  for (const table of tableNames) {
    const { columns, key } = tables[table]
    const rows = await database.read(`SELECT * FROM ${table} ORDER BY ${key.join(', ')}`)
    found[table] = rows.map((row) =>
      Object.fromEntries(
        Object.entries(columns).map(([name, { holds }]) => [
          name,
          holds === 'mark' || holds === 'group' ? textCell(row[name]) : numberCell(row[name]),
        ]),
      ),
    )
  }
  return found as World
}

function literal(cell: Cell): string {
  if (cell === null) return 'NULL'
  return typeof cell === 'number' ? String(cell) : `'${cell.replaceAll("'", "''")}'`
}

function numberCell(value: unknown): Cell {
  return value === null || value === undefined ? null : Number(value)
}

function textCell(value: unknown): Cell {
  return value === null || value === undefined ? null : String(value)
}

export function keyOf(table: TableName, row: Row): string {
  return tables[table].key.map((column) => row[column]).join()
}
