import { type Column, Failure, type Table } from '@gatehouse/core'
import type { ChangeParts, InsertParts, Telling, WriteDialect } from '../sql/dialect.js'
import { compareSql } from './conditions.js'
import { baseOf } from './native-type.js'
import { qualified, quote } from './text-sql.js'

/**
 * Writes tell of their rows by OUTPUT INTO a table variable: OUTPUT alone is refused on tables with triggers, and knows
 * no subqueries. Of a table with a primary key only the key is kept, and the row is read again by it, with what triggers
 * made of it; of others, and of what is deleted, the columns that are told.
 *
 * All statements of one text run in one transaction; see driver.ts.
 */
export const sqlserverWrites: WriteDialect = {
  insert: (parts) => (parts.upsert ? upsertSql(parts, parts.upsert.guard) : insertSql(parts)),
  update: changeSql,
  delete: changeSql,
}

/** What the statements call things; the tables of filters have numbers. */
const target = '[target]'
const given = '[given]'
const told = '[told]'

/** The columns that are kept of the rows, and the query that tells of the rows. */
interface Kept {
  readonly table: Table
  readonly columns: readonly Column[]
  readonly select: string
}

function keptOf(table: Table, tell: Telling, readAgain: boolean): Kept {
  if (readAgain && table.primaryKey.length > 0) {
    const columns = table.primaryKey.flatMap((name) => table.columns.get(name) ?? [])
    const same = columns.map(({ name }) => `${target}.${quote(name)} = ${told}.${quote(name)}`).join(' AND ')
    const from = `@told AS ${told} JOIN ${qualified(table.source)} AS ${target} ON ${same}`
    return { table, columns, select: `SELECT ${tell(target)} FROM ${from}` }
  }
  const list = tell(told)
  const columns = [...table.columns.values()].filter(({ name }) => list.includes(`${told}.${quote(name)}`))
  return { table, columns, select: `SELECT ${list} FROM @told AS ${told}` }
}

function declareSql({ table, columns }: Kept): string {
  const lines = columns.map((column) => `${quote(column.name)} ${storedType(column)} NULL`)
  return `DECLARE @told TABLE (${[`${numberOf(table)} int NULL`, ...lines].join(', ')});`
}

/** With its collation, or the database's would decide what is equal. A row version of another row is none of this one. */
function storedType({ nativeType, collation }: Column): string {
  if (['timestamp', 'rowversion'].includes(baseOf(nativeType))) return 'binary(8)'
  return collation === undefined ? nativeType : `${nativeType} COLLATE ${collation}`
}

function outputSql({ table, columns }: Kept, from: 'inserted' | 'deleted', number: string): string {
  const names = columns.map(({ name }) => quote(name))
  const values = [number, ...names.map((name) => `${from}.${name}`)]
  return `OUTPUT ${values.join(', ')} INTO @told (${[numberOf(table), ...names].join(', ')})`
}

/** The column of the row's number among those that are told: called as none of the table's own. */
function numberOf({ columns }: Table): string {
  const taken = new Set([...columns.keys()].map((name) => name.toLowerCase()))
  let name = 'n'
  while (taken.has(name)) name += '_'
  return quote(name)
}

function changeSql({ table, as, set, where, told: tell }: ChangeParts): string {
  const updates = set !== ''
  const kept = keptOf(table, tell, updates)
  const output = outputSql(kept, updates ? 'inserted' : 'deleted', '0')
  const verb = updates ? `UPDATE ${as} SET ${set}` : `DELETE ${as}`
  return `${declareSql(kept)} ${verb} ${output} FROM ${qualified(table.source)} AS ${as}${where}; ${kept.select};`
}

function insertSql(parts: InsertParts): string {
  const { table, columns, rows } = parts
  const kept = keptOf(table, parts.told, true)
  const [only, ...more] = rows
  const into = `INSERT INTO ${qualified(table.source)}`
  const output = outputSql(kept, 'inserted', '0')
  const insert = () => {
    if (!only) return `${into} ${output} DEFAULT VALUES;`
    if (more.length > 0) return insertAllSql(parts, kept, sourceSql(parts))
    return `${into} (${columns.map(quote).join(', ')}) ${output} VALUES (${only.join(', ')});`
  }
  return `${declareSql(kept)} ${numbered(parts, insert())} ${kept.select} ORDER BY ${told}.${numberOf(table)};`
}

/** Every row is numbered, since they are not inserted in any order that could be told. */
function insertAllSql({ table, columns }: InsertParts, kept: Kept, source: string): string {
  const names = columns.map(quote).join(', ')
  const values = columns.map((_, i) => `${given}.${cell(i)}`).join(', ')
  // Nothing ever matches, so this is an INSERT that may tell the number of each row, and has none of MERGE's races.
  const merge = `MERGE INTO ${qualified(table.source)} AS ${target} USING ${source} ON 1 = 0`
  return `${merge} WHEN NOT MATCHED THEN INSERT (${names}) VALUES (${values}) ${outputSql(kept, 'inserted', `${given}.[n]`)};`
}

/**
 * First what is there, then what is not: both look for the keys under locks that keep others from inserting them, which
 * MERGE alone would not.
 */
function upsertSql(parts: InsertParts, guard: ((as: string) => string) | undefined): string {
  const { table, columns } = parts
  const kept = keptOf(table, parts.told, true)
  const places = new Map(columns.map((name, i) => [name, `${given}.${cell(i)}`]))
  const same = table.primaryKey.map((name) => {
    const place = places.get(name)
    const column = table.columns.get(name)
    if (place && column) return compareSql('=', `${target}.${quote(name)}`, place, column)
    throw new Failure('invalid', `An upsert needs the key of the record: \`${name}\` is missing`)
  })
  const on = same.join(' AND ')
  const locked = `${qualified(table.source)} AS ${target} WITH (UPDLOCK, HOLDLOCK)`
  const source = sourceSql(parts)
  const from = `FROM ${locked} JOIN ${source} ON ${on}${guard ? ` WHERE ${guard(target)}` : ''}`
  const set = columns
    .filter((name) => !table.primaryKey.includes(name))
    .map((name) => `${quote(name)} = ${places.get(name)}`)
  const found =
    set.length > 0
      ? `UPDATE ${target} SET ${set.join(', ')} ${outputSql(kept, 'inserted', `${given}.[n]`)} ${from};`
      : noteSql(kept, from)
  const absent = `(SELECT ${given}.* FROM ${source} WHERE NOT EXISTS (SELECT 1 FROM ${locked} WHERE ${on})) AS ${given}`
  const added = numbered(parts, insertAllSql(parts, kept, absent))
  return `${declareSql(kept)} ${found} ${added} ${kept.select} ORDER BY ${told}.${numberOf(table)};`
}

/** Of a record that is nothing but its key nothing changes, but it is told. */
function noteSql({ table, columns }: Kept, from: string): string {
  const names = columns.map(({ name }) => quote(name))
  const values = [`${given}.[n]`, ...names.map((name) => `${target}.${name}`)]
  return `INSERT INTO @told (${[numberOf(table), ...names].join(', ')}) SELECT ${values.join(', ')} ${from};`
}

const cell = (index: number) => `[c${index}]`

/** The given rows as a table of their own: a number, then the cells. */
function sourceSql({ columns, rows }: InsertParts): string {
  const tuples = rows.map((cells, n) => `(${[n, ...cells].join(', ')})`)
  return `(VALUES ${tuples.join(', ')}) AS ${given} (${['[n]', ...columns.map((_, i) => cell(i))].join(', ')})`
}

/** Numbers of an identity column that are given are taken as they are; the setting ends with the statement. */
function numbered({ table, columns }: InsertParts, text: string): string {
  const identity = columns.some((column) => table.columns.get(column)?.identity)
  const name = qualified(table.source)
  return identity ? `SET IDENTITY_INSERT ${name} ON; ${text} SET IDENTITY_INSERT ${name} OFF;` : text
}
