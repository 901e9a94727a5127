import type { Told } from './ask.js'
import { columnsOf, evaluate, looksInto } from './condition.js'
import { type Caller, type Sightline, sightline } from './oracle.js'
import type { Question } from './questions.js'
import {
  type Cell,
  keyOf,
  links,
  markNumber,
  type Row,
  type TableName,
  tableNames,
  tables,
  type World,
  world,
} from './world.js'

/** What a question was found to be: how much the judge could say of its answer. */
export type Verdict = 'exact' | 'refused' | 'bounded'

/** Throws when an answer tells the caller something that it may not know, or less than it may. */
export function judge(caller: Caller, question: Question, told: Told, after: World): Verdict {
  if (told.status >= 500) throw new Error(`Answered ${told.status}: ${told.body}`)
  const line = sightline(caller, question.surface, world)
  const shown = told.text + cursors(told.json)
  const sent = JSON.stringify(question)
  onlySeenMarks(line, sightline(caller, question.surface, after), question, shown, sent)
  onlyKnownNames(line, shown, sent)
  if (question.ask === 'list') return judgeList(caller, line, question, told)
  if (question.ask === 'aggregate') return judgeAggregate(caller, line, question, told)
  return told.status === 200 ? 'bounded' : 'refused'
}

const marks = /~(people|visits|badges)\.(t?)(\d+)\.([a-z_]+)~/g

/** Every value of a cell that comes out, wherever in the answer, is of a cell that the caller may see as it is. */
function onlySeenMarks(before: Sightline, after: Sightline, question: Question, shown: string, sent: string): void {
  const seen = (table: TableName, id: number, column: string) => {
    const rows = world[table].filter((row) => row.id === id)
    return rows.some(
      (row) => before.cell(table, row, column).includes('plain') || after.cell(table, row, column).includes('plain'),
    )
  }
  for (const [text, table, , id, column] of shown.matchAll(marks)) {
    if (sent.includes(text) || seen(table as TableName, Number(id), column ?? '')) continue
    throw new Error(`The answer shows ${text}`)
  }
  // Sums and averages are numbers of their own.
  if (question.ask === 'aggregate') return
  for (const [text] of shown.matchAll(/(?<![\d.])91\d{6}(?![\d.])/g)) {
    if (sent.includes(text)) continue
    const cell = numbered.get(Number(text))
    if (cell && !seen(...cell)) throw new Error(`The answer shows ${text} of ${cell.join('.')}`)
  }
}

const numbered = new Map<number, readonly [TableName, number, string]>([
  ...world.people.map(({ id }) => [markNumber(Number(id)), ['people', Number(id), 'wages']] as const),
  ...world.visits.map(({ id }) => [markNumber(Number(id) + 1000), ['visits', Number(id), 'outlay']] as const),
])

/** What does not exist for the caller has no name in any answer. */
function onlyKnownNames(line: Sightline, shown: string, sent: string): void {
  for (const table of tableNames) {
    if (!line.knowsTable(table) && !sent.includes(table) && shown.includes(table)) {
      throw new Error(`The answer names the table ${table}`)
    }
    for (const column of Object.keys(tables[table].columns)) {
      if (column === 'id' || sent.includes(column) || !shown.includes(column)) continue
      const known = tableNames.some((other) => column in tables[other].columns && line.knows(other, column))
      if (!known) throw new Error(`The answer names the column ${column}`)
    }
  }
}

/** A cursor holds values too. */
function cursors(json: unknown): string {
  const text = JSON.stringify(json ?? '')
  return [...text.matchAll(/"next_cursor":"([^"]+)"/g)].map(([, token]) => Buffer.from(token ?? '', 'base64url')).join()
}

type Ask<K extends Question['ask']> = Extract<Question, { ask: K }>

/** The rows that a filter must find for the caller; undefined where it must be refused. */
function findable(
  caller: Caller,
  line: Sightline,
  question: Ask<'list' | 'aggregate'>,
  columns: ReadonlySet<string>,
): readonly Row[] | undefined {
  const { table, filter } = question
  const entries = line.usable(table, 'read', columns)
  if (entries.length === 0) return undefined
  const looks = filter ? looksInto(filter, table) : []
  if (looks.some(([other, needed]) => line.usable(other, 'read', needed).length === 0)) return undefined
  const scene = {
    rows: world,
    attributes: caller.attributes,
    sees: (other: TableName, row: Row, needed: ReadonlySet<string>) =>
      line.lets(line.usable(other, 'read', needed), other, row),
  }
  return world[table].filter(
    (row) => line.lets(entries, table, row) && (!filter || evaluate(filter, table, row, scene) === true),
  )
}

function judgeList(caller: Caller, line: Sightline, question: Ask<'list'>, told: Told): Verdict {
  const { table } = question
  const { key } = tables[table]
  // `*` follows every relationship in sight, by columns that this judge does not look up.
  const star = question.related?.some((path) => path === '*') ?? false
  const keyed = line.usable(table, 'read', key).length > 0
  const columns = new Set<string>(question.filter ? columnsOf(question.filter, table) : [])
  for (const term of question.order ?? []) columns.add(term.column)
  if (question.ids || keyed) for (const column of key) columns.add(column)
  for (const path of [...(question.related ?? []), ...(question.within ? [question.within.link] : [])]) {
    for (const column of links[table][path.split('.')[0] ?? '']?.columns ?? []) columns.add(column)
  }
  const found = findable(caller, line, question, columns)
  const named = (question.fields ?? []).every((column) => line.knows(table, column))
  if (found === undefined || !named) {
    if (told.status === 200) throw new Error('It was answered, and should have been refused')
    return 'refused'
  }
  const whole = !question.related && !question.within && keyed && question.dryRun !== true
  if (told.status !== 200) {
    if (whole) throw new Error(`It was refused with ${told.status}: ${told.body}`)
    return 'bounded'
  }
  if (question.dryRun) return 'bounded'
  const wanted = question.ids
    ? found.filter((row) =>
        question.ids?.some((n) => keyOf(table, row) === (table === 'wearing' ? `${n},1` : String(n))),
      )
    : found
  const count = told.json?.meta?.count ?? told.json?.count
  const exactly = question.countOnly || question.count === 'true' || question.count === 'exact'
  if (exactly && isJson(question) && (keyed && !star ? count !== wanted.length : count > wanted.length)) {
    throw new Error(`It counts ${count} of ${wanted.length}: ${told.body}`)
  }
  if (question.countOnly || !isJson(question)) return 'bounded'
  const rows = rowsOf(told.json?.resource)
  const expected = Math.min(
    Math.max(0, wanted.length - (question.offset ?? 0)),
    question.limit ?? Number.POSITIVE_INFINITY,
  )
  // Without a key in sight, the order that makes pages stable may need columns that not every entry shows.
  if (keyed && !star ? rows.length !== expected : rows.length > expected) {
    throw new Error(`It has ${rows.length} rows of ${expected}: ${told.body}`)
  }
  const keys = new Set(wanted.map((row) => keyOf(table, row)))
  for (const row of rows) {
    const shown = key.map((column) => row[column])
    if (shown.some((value) => value === undefined || value === null || !/^\d+$/.test(String(value)))) continue
    if (!keys.has(shown.join())) throw new Error(`It has the row ${shown.join()}`)
  }
  return 'exact'
}

function isJson({ format }: Ask<'list'>): boolean {
  return format === undefined || format === 'json' || format === 'table'
}

// biome-ignore lint/suspicious/noExplicitAny: an answer of either form
function rowsOf(resource: any): readonly Readonly<Record<string, Cell | undefined>>[] {
  if (Array.isArray(resource)) return resource
  const columns: readonly string[] = resource?.columns ?? []
  const rows: readonly (readonly Cell[])[] = resource?.rows ?? []
  return rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])))
}

function judgeAggregate(caller: Caller, line: Sightline, question: Ask<'aggregate'>, told: Told): Verdict {
  const { table, column, group, fn } = question
  const columns = new Set<string>(question.filter ? columnsOf(question.filter, table) : [])
  for (const name of [column, group]) if (name !== undefined) columns.add(name)
  const found = findable(caller, line, question, columns)
  const holds = column === undefined ? 'key' : tables[table].columns[column]?.holds
  const text = holds === 'mark' || holds === 'group'
  const senseless = (column === undefined && fn !== 'count') || (text && (fn === 'sum' || fn === 'avg'))
  if (found === undefined || senseless) {
    if (told.status === 200) throw new Error('It was answered, and should have been refused')
    return 'refused'
  }
  // A number is no condition on a text.
  const odd = text && question.having !== undefined && fn !== 'count'
  if (told.status !== 200) {
    if (!odd) throw new Error(`It was refused with ${told.status}: ${told.body}`)
    return 'bounded'
  }
  if (odd || (text && fn !== 'count')) return 'bounded'
  const groups = new Map<Cell, Row[]>()
  if (group === undefined) groups.set(null, [...found])
  else for (const row of found) groups.set(row[group] ?? null, [...(groups.get(row[group] ?? null) ?? []), row])
  const expected = [...groups]
    .map(([value, rows]) => ({ value, result: computed(fn, column, rows) }))
    .filter(({ result }) => question.having === undefined || (result !== null && result > question.having))
  const rows = rowsOf(told.json?.resource)
  const results = rows.map((row) => ({
    value: group === undefined ? null : (row[group] ?? null),
    result: resultIn(row, group),
  }))
  const missing = expected.filter(
    (want) => !results.some((got) => got.value === want.value && near(got.result, want.result)),
  )
  if (results.length !== expected.length || missing.length > 0) {
    throw new Error(`It computes ${JSON.stringify(results)}, not ${JSON.stringify(expected)}`)
  }
  return 'exact'
}

function computed(fn: string, column: string | undefined, rows: readonly Row[]): number | null {
  if (column === undefined) return rows.length
  const values = rows.map((row) => row[column] ?? null).filter((value) => value !== null)
  if (fn === 'count') return values.length
  const numbers = values.map(Number)
  if (numbers.length === 0) return null
  const sum = numbers.reduce((a, b) => a + b, 0)
  switch (fn) {
    case 'sum':
      return sum
    case 'avg':
      return sum / numbers.length
    case 'min':
      return Math.min(...numbers)
    default:
      return Math.max(...numbers)
  }
}

function resultIn(row: Readonly<Record<string, Cell | undefined>>, group: string | undefined): number | null {
  const [, value] = Object.entries(row).find(([name]) => name !== group) ?? []
  return value === null || value === undefined ? null : Number(value)
}

function near(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b
  return Math.abs(a - b) <= 0.001 * Math.max(1, Math.abs(b) / 1000)
}

/** Throws when a write touched a row or a column that it may not, or left one where the caller may not put it. */
export function judgeWrite(caller: Caller, question: Question, after: World): number {
  const before = sightline(caller, question.surface, world)
  const later = sightline(caller, question.surface, after)
  let changes = 0
  for (const table of tableNames) {
    const old = new Map(world[table].map((row) => [keyOf(table, row), row]))
    const now = new Map(after[table].map((row) => [keyOf(table, row), row]))
    for (const [key, row] of old) {
      const next = now.get(key)
      if (next && same(row, next)) continue
      changes++
      if (question.ask !== 'update' && question.ask !== 'delete' && question.ask !== 'create') {
        throw new Error(`A question changed ${table} ${key}`)
      }
      if (question.dryRun || question.table !== table) throw new Error(`${table} ${key} was changed`)
      if (!next) {
        if (question.ask !== 'delete') throw new Error(`${table} ${key} is gone`)
        if (!before.reaches(table, 'delete', row)) throw new Error(`${table} ${key} was deleted`)
        continue
      }
      const columns = Object.keys(row).filter((column) => row[column] !== next[column])
      const entries = before.usable(table, 'update', columns)
      if (!before.lets(entries, table, row)) throw new Error(`${table} ${key} was changed in ${columns.join()}`)
      if (!later.lets(entries, table, next)) throw new Error(`${table} ${key} was moved out: ${columns.join()}`)
    }
    for (const [key, row] of now) {
      if (old.has(key)) continue
      changes++
      if (question.ask !== 'create' || question.dryRun || question.table !== table)
        throw new Error(`${table} ${key} is new`)
      const sent = question.records.find((record) => keyOf(table, record) === key)
      if (!sent) throw new Error(`${table} ${key} was not sent`)
      const entries = before.usable(table, 'create', Object.keys(sent))
      if (!later.lets(entries, table, row)) throw new Error(`${table} ${key} was created outside of the policy`)
    }
  }
  return changes
}

function same(a: Row, b: Row): boolean {
  return Object.keys(a).every((column) => a[column] === b[column])
}
