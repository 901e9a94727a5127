import type { Filter, Projection, Table } from '@gatehouse/core'
import { type Compilation, columnOf, type Named } from './compilation.js'
import type { Telling, Upsert } from './dialect.js'
import { filterSql } from './filter-sql.js'
import { type Numbers, projectionSql } from './projection-sql.js'
import { type Made, whereSql } from './read-sql.js'
import type { Encoding } from './row-shape.js'

/** What a write tells of each row: the shape's columns, then 1 where the row meets `check`, else 0. */
export interface Told {
  readonly returning: readonly Projection[]
  readonly check: Filter | undefined
  readonly numbers: Numbers
}

const noColumns: Made['shape'] = { format: 'json', columns: [], hidden: 0 }

/** In a write the table goes by its full name: RETURNING and ON CONFLICT know no alias everywhere. */
function target(c: Compilation, table: Table): { named: Named; full: string } {
  const full = c.dialect.qualified(table.source)
  if (!c.dialect.aliasedTargets) return { named: { table, as: full }, full }
  const as = c.dialect.quote(c.alias())
  return { named: { table, as }, full: `${full} ${as}` }
}

/** The tail of a write that tells of its rows. */
function returningSql(c: Compilation, named: Named, told: Told): { sql: string; shape: Made['shape'] } {
  const { sql, shape } = toldSql(c, named, told)
  const { returnedInto } = c.dialect
  if (!returnedInto) return { sql: ` RETURNING ${sql}`, shape }
  const encodings: Encoding[] = shape.columns.map((column) => column.encoding)
  if (told.check) encodings.push('number')
  if (encodings.length === 0) encodings.push('number')
  const into = encodings.map((encoding) => c.constant(returnedInto(encoding)))
  return { sql: ` RETURNING ${sql} INTO ${into.join(', ')}`, shape }
}

function toldSql(c: Compilation, named: Named, told: Told): { sql: string; shape: Made['shape'] } {
  const selected = projectionSql(c, told.returning, named, told.numbers)
  const list = [...selected.sql]
  if (told.check) list.push(`CASE WHEN ${filterSql(c, told.check, named)} THEN 1 ELSE 0 END`)
  return {
    sql: list.length > 0 ? list.join(', ') : '1',
    shape: { format: 'json', columns: selected.columns, hidden: told.check ? 1 : 0 },
  }
}

/** A select list as a function of the table's name, and the shape that it had when it was called. */
function telling(c: Compilation, table: Table, told: Told): { sql: Telling; shape(): Made['shape'] } {
  let shape = noColumns
  return {
    sql: (as) => {
      const made = toldSql(c, { table, as }, told)
      shape = made.shape
      return made.sql
    },
    shape: () => shape,
  }
}

export interface InsertShape {
  readonly table: Table
  readonly columns: readonly string[]
  readonly rows: number
  readonly upsert: boolean
  readonly policy: Filter | undefined
  /** Absent where the database has no RETURNING. */
  readonly told: Told | undefined
  /** Rows that lack a column: by row, the columns that they have. Absent: all have all. */
  readonly has?: (row: number, column: string) => boolean
}

export function insertSql(c: Compilation, insert: InsertShape): Made {
  const { dialect } = c
  const { table, columns } = insert
  const { named, full } = target(c, table)
  const names = columns.map((name) => dialect.quote(name))
  const cellOf = (row: number, name: string) => {
    const column = columnOf(named, name)
    return dialect.input(
      c.cell(row, name, (value) => dialect.bind(value, column.type)),
      column,
    )
  }
  let text: string
  if (insert.upsert && dialect.upsert) {
    const upsert: Upsert = {
      table: dialect.qualified(table.source),
      alias: named.as,
      columns: names,
      keys: table.primaryKey.map((name) => dialect.quote(name)),
      cell: (quoted) => cellOf(0, columns[names.indexOf(quoted)] ?? ''),
    }
    return { text: dialect.upsert(upsert), shape: noColumns }
  }
  if (dialect.writes && insert.told) {
    const told = telling(c, table, insert.told)
    const { policy } = insert
    const guard = policy && ((as: string) => filterSql(c, policy, { table, as }))
    const rows = Array.from({ length: columns.length === 0 ? 0 : insert.rows }, (_, row) =>
      columns.map((name) => cellOf(row, name)),
    )
    text = dialect.writes.insert({
      table,
      columns,
      rows,
      upsert: insert.upsert ? { guard } : undefined,
      told: told.sql,
    })
    return { text, shape: told.shape() }
  }
  if (columns.length === 0) text = dialect.insertDefaults(full, dialect.quote(writableColumn(table)))
  else {
    const tuples: string[] = []
    for (let row = 0; row < insert.rows; row++) {
      const cells = columns.map((name) => {
        if (insert.has && !insert.has(row, name)) return 'DEFAULT'
        return cellOf(row, name)
      })
      tuples.push(`(${cells.join(', ')})`)
    }
    text = `INSERT INTO ${full} (${names.join(', ')}) VALUES ${tuples.join(', ')}`
  }
  if (insert.upsert) {
    const keys = table.primaryKey.map((name) => dialect.quote(name))
    const set = columns.filter((name) => !table.primaryKey.includes(name)).map((name) => dialect.quote(name))
    const guard = insert.policy && dialect.guardedUpsert ? filterSql(c, insert.policy, named) : undefined
    text += ` ${dialect.onConflict(named.as, keys, set, guard)}`
  }
  if (!insert.told) return { text, shape: noColumns }
  const told = returningSql(c, named, insert.told)
  return { text: text + told.sql, shape: told.shape }
}

function writableColumn({ columns }: Table): string {
  for (const column of columns.values()) if (!column.generated) return column.name
  return ''
}

export function updateSql(
  c: Compilation,
  table: Table,
  set: readonly string[],
  reset: readonly string[],
  where: readonly (Filter | undefined)[],
  told: Told | undefined,
): Made {
  const { dialect } = c
  const { named, full } = target(c, table)
  const assignments = set.map((name) => {
    const column = columnOf(named, name)
    const value = dialect.input(
      c.cell(0, name, (scalar) => dialect.bind(scalar, column.type)),
      column,
    )
    return `${dialect.quote(name)} = ${value}`
  })
  for (const name of reset) {
    assignments.push(`${dialect.quote(name)} = ${dialect.resetTo(columnOf(named, name))}`)
  }
  if (dialect.writes && told) {
    const tell = telling(c, table, told)
    const parts = { table, as: named.as, set: assignments.join(', '), where: whereSql(c, where, named), told: tell.sql }
    return { text: dialect.writes.update(parts), shape: tell.shape() }
  }
  const text = `UPDATE ${full} SET ${assignments.join(', ')}${whereSql(c, where, named)}`
  if (!told) return { text, shape: noColumns }
  const { sql, shape } = returningSql(c, named, told)
  return { text: text + sql, shape }
}

export function deleteSql(
  c: Compilation,
  table: Table,
  where: readonly (Filter | undefined)[],
  told: Told | undefined,
): Made {
  const { named, full } = target(c, table)
  if (c.dialect.writes && told) {
    const tell = telling(c, table, told)
    const parts = { table, as: named.as, set: '', where: whereSql(c, where, named), told: tell.sql }
    return { text: c.dialect.writes.delete(parts), shape: tell.shape() }
  }
  const text = `DELETE FROM ${full}${whereSql(c, where, named)}`
  if (!told) return { text, shape: noColumns }
  const { sql, shape } = returningSql(c, named, told)
  return { text: text + sql, shape }
}

/** The rows of a write, before or after it: what RETURNING would tell, or their keys. */
export function tellSql(
  c: Compilation,
  table: Table,
  where: readonly (Filter | undefined)[],
  told: Told,
  lock: boolean,
): Made {
  const named: Named = { table, as: c.dialect.quote(c.alias()) }
  const { sql, shape } = toldSql(c, named, told)
  const hint = lock && c.dialect.lockHint ? ` ${c.dialect.lockHint}` : ''
  const from = `${c.dialect.qualified(table.source)} ${named.as}${hint}`
  const tail = lock && c.dialect.lockRows ? ` ${c.dialect.lockRows}` : ''
  return { text: `SELECT ${sql} FROM ${from}${whereSql(c, where, named)}${tail}`, shape }
}
