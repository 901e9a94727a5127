import { columnsOf, looksInto } from './condition.js'
import { type Caller, type Sightline, type Surface, sightline, type Verb } from './oracle.js'
import {
  type Cell,
  mark,
  markNumber,
  type Row,
  type TableName,
  tableNames,
  tables,
  territories,
  type World,
} from './world.js'

const surfaces: readonly Surface[] = ['rest', 'mcp']
const verbs: readonly Verb[] = ['read', 'create', 'update', 'delete']

export interface Twin {
  readonly world: World
  /** Cells and rows that differ. */
  readonly differences: number
}

/**
 * A world that the caller must not be able to tell from the first one: hidden columns, masked values and rows outside
 * of its policies are others, there are rows more and rows less. What a policy looks at stays, and so does what a mask
 * shows of a value.
 */
export function twinOf(world: World, caller: Caller): Twin {
  const lines = surfaces.map((surface) => sightline(caller, surface, world))
  const looked = policyColumns(caller)
  const prints = lines.map((line) => line.footprint())
  let differences = 0
  const unnoticed = (next: World) =>
    surfaces.every((surface, i) => sightline(caller, surface, next).footprint() === prints[i])
  const touched = (table: TableName, row: Row) =>
    lines.some((line) => verbs.some((verb) => line.reaches(table, verb, row)))

  let twin: World = Object.fromEntries(
    tableNames.map((table) => [
      table,
      world[table].map((row) => {
        const changed: Record<string, Cell> = { ...row }
        for (const [column, { holds }] of Object.entries(tables[table].columns)) {
          if (holds === 'key' || tables[table].key.includes(column) || looked.has(`${table}.${column}`)) continue
          const next = otherCell(table, row, column, lines, !touched(table, row))
          if (next === undefined) continue
          changed[column] = next
          differences++
        }
        return changed
      }),
    ]),
  ) as unknown as World

  for (const [table, row] of strangers(world)) {
    const next = { ...twin, [table]: [...twin[table], row] }
    const seen = surfaces.some((surface) => {
      const line = sightline(caller, surface, next)
      return verbs.some((verb) => line.reaches(table, verb, row))
    })
    if (seen || !unnoticed(next)) continue
    twin = next
    differences++
  }
  for (const table of ['visits', 'wearing'] as const) {
    const gone = world[table].find((row) => !touched(table, row))
    if (!gone) continue
    const left = twin[table].filter((row) => tables[table].key.some((column) => row[column] !== gone[column]))
    const next = { ...twin, [table]: left }
    if (!unnoticed(next)) continue
    twin = next
    differences++
  }
  return { world: twin, differences }
}

/** Another value for a cell, or undefined where the caller could see the difference. */
function otherCell(
  table: TableName,
  row: Row,
  column: string,
  lines: readonly Sightline[],
  untouched: boolean,
): Cell | undefined {
  const { holds } = tables[table].columns[column] ?? { holds: 'key' }
  const id = Number(row.id ?? 0)
  const own = row[column] ?? null
  const other: Cell =
    holds === 'mark'
      ? mark(table, id, column, 't')
      : holds === 'mark_number'
        ? markNumber(table === 'visits' ? id + 1000 : id, true)
        : holds === 'group'
          ? own === 'north'
            ? 'south'
            : 'north'
          : holds === 'small'
            ? own === 5
              ? 6
              : 5
            : own
  if (other === own) return undefined
  if (untouched) return other
  const sights = lines.flatMap((line) => line.cell(table, row, column))
  if (sights.includes('plain')) return undefined
  const masks = sights.filter((sight) => sight !== 'hidden')
  if (masks.length === 0) return other
  if (masks.includes('hash')) return undefined
  if (masks.every((mask) => mask === 'null')) return other
  if (own === null) return undefined
  if (masks.every((mask) => mask === 'null' || mask === 'redact')) return other
  return holds === 'mark' || holds === 'mark_number' ? other : undefined
}

/** Rows that hang together with those that are there. */
function strangers(world: World): readonly (readonly [TableName, Row])[] {
  const people = territories.map((territory, i) => {
    const id = 301 + i
    const names = { fullname: mark('people', id, 'fullname', 't'), mailbox: mark('people', id, 'mailbox', 't') }
    const rest = { handset: null, insurance: mark('people', id, 'insurance', 't'), wages: markNumber(id, true) }
    return ['people', { id, ...names, territory, grade_no: i + 1, ...rest }] as const
  })
  const visits = world.people.slice(0, 8).map(({ id }, i) => {
    const own = 401 + i
    const words = { venue: mark('visits', own, 'venue', 't'), whisper: mark('visits', own, 'whisper', 't') }
    return [
      'visits',
      { id: own, person_id: id ?? null, ...words, outlay: markNumber(own, true), mood_no: i % 5 },
    ] as const
  })
  const badge = ['badges', { id: 41, caption: mark('badges', 41, 'caption', 't'), heft: 9 }] as const
  const worn = world.people.slice(0, 6).flatMap(({ id }, i) =>
    world.badges
      .filter((b) => !world.wearing.some((w) => w.person_id === id && w.badge_id === b.id))
      .slice(0, 1)
      .map((b) => ['wearing', { person_id: id ?? null, badge_id: b.id ?? null, tenure_no: i }] as const),
  )
  return [...people, badge, ...visits, ...worn]
}

/** `table.column` of everything that the caller's policies look at. */
function policyColumns(caller: Caller): ReadonlySet<string> {
  const looked = new Set<string>()
  for (const entry of caller.roles.flat()) {
    if (!entry.rows || entry.table === '*') continue
    for (const column of columnsOf(entry.rows, entry.table)) looked.add(`${entry.table}.${column}`)
    for (const [table, columns] of looksInto(entry.rows, entry.table)) {
      for (const column of columns) looked.add(`${table}.${column}`)
    }
  }
  return looked
}
