import { type Column, Failure, type Table } from '@gatehouse/core'
import type { ChangeParts, InsertParts, WriteDialect } from '../sql/dialect.js'
import { baseOf } from './native-type.js'
import { quote } from './text-sql.js'

/** The collation of a column of text, where it is known: learnt on introspection. */
export type CollationOf = (source: Table['source'], column: string) => string | undefined

/** What the statements call things; the tables of filters have numbers. */
const target = '[target]'
const given = '[given]'
const told = '[told]'

/**
 * Writes tell of their rows by OUTPUT INTO a table variable: OUTPUT alone is refused on tables with triggers, and knows
 * no subqueries. Of a table with a primary key only the key is kept, and the row is read again by it, with what triggers
 * made of it; of others, and of what is deleted, the columns that are told.
 *
 * All statements of one text run in one transaction; see driver.ts.
 */
export function writesOf(collationOf: CollationOf): WriteDialect {
  const nameOf = ({ source }: Table) =>
    source.schema === undefined ? quote(source.name) : `${quote(source.schema)}.${quote(source.name)}`

  const typeOf = (table: Table, column: Column) => {
    // A row version of another row is no version of this one.
    const base = baseOf(column.nativeType)
    const type = base === 'timestamp' || base === 'rowversion' ? 'binary(8)' : column.nativeType
    const collation = collationOf(table.source, column.name)
    return collation === undefined ? type : `${type} COLLATE ${collation}`
  }

  const declaration = (table: Table, columns: readonly Column[]) => {
    const lines = columns.map((column) => `${quote(column.name)} ${typeOf(table, column)} NULL`)
    return `DECLARE @told TABLE (${[`${numberOf(table)} int NULL`, ...lines].join(', ')});`
  }

  /** What to keep of the rows, and how they are told from it. */
  const keeping = (table: Table, tell: (as: string) => string, again: boolean) => {
    if (again && table.primaryKey.length > 0) {
      const columns = keyOf(table)
      const same = columns.map(({ name }) => `${target}.${quote(name)} = ${told}.${quote(name)}`).join(' AND ')
      return {
        columns,
        select: `SELECT ${tell(target)} FROM @told AS ${told} JOIN ${nameOf(table)} AS ${target} ON ${same}`,
      }
    }
    const list = tell(told)
    const columns = [...table.columns.values()].filter(({ name }) => list.includes(`${told}.${quote(name)}`))
    return { columns, select: `SELECT ${list} FROM @told AS ${told}` }
  }

  const output = (table: Table, from: 'inserted' | 'deleted', number: string, columns: readonly Column[]) => {
    const into = [numberOf(table), ...columns.map(({ name }) => quote(name))].join(', ')
    return `OUTPUT ${[number, ...columns.map(({ name }) => `${from}.${quote(name)}`)].join(', ')} INTO @told (${into})`
  }

  const change = ({ table, as, set, where, told: tell }: ChangeParts) => {
    const updates = set !== ''
    const kept = keeping(table, tell, updates)
    const out = output(table, updates ? 'inserted' : 'deleted', '0', kept.columns)
    const verb = updates ? `UPDATE ${as} SET ${set}` : `DELETE ${as}`
    return `${declaration(table, kept.columns)} ${verb} ${out} FROM ${nameOf(table)} AS ${as}${where}; ${kept.select};`
  }

  /** Every row is numbered, since they are not inserted in any order that could be told. */
  const insertAll = (parts: InsertParts, source: string, out: string) => {
    const names = parts.columns.map(quote).join(', ')
    const values = parts.columns.map((_, i) => `${given}.${cell(i)}`).join(', ')
    // Nothing ever matches, so this is an INSERT that may tell the number of each row, and has none of MERGE's races.
    return `MERGE INTO ${nameOf(parts.table)} AS ${target} USING ${source} ON 1 = 0 \
WHEN NOT MATCHED THEN INSERT (${names}) VALUES (${values}) ${out};`
  }

  const insert = (parts: InsertParts): string => {
    const { table, columns, rows } = parts
    const kept = keeping(table, parts.told, true)
    const out = output(table, 'inserted', '0', kept.columns)
    const one = (body: string) => numbered(parts, nameOf(table), `INSERT INTO ${nameOf(table)} ${body};`)
    const all = () => insertAll(parts, sourceOf(parts), output(table, 'inserted', `${given}.[n]`, kept.columns))
    const [only, ...more] = rows
    const body = () => {
      if (!only) return one(`${out} DEFAULT VALUES`)
      if (more.length > 0) return numbered(parts, nameOf(table), all())
      return one(`(${columns.map(quote).join(', ')}) ${out} VALUES (${only.join(', ')})`)
    }
    return `${declaration(table, kept.columns)} ${body()} ${kept.select} ORDER BY ${told}.${numberOf(table)};`
  }

  /**
   * First what is there, then what is not: both look for the keys under locks that keep others from inserting them,
   * which MERGE alone would not.
   */
  const upsert = (parts: InsertParts, guard: ((as: string) => string) | undefined): string => {
    const { table, columns } = parts
    const kept = keeping(table, parts.told, true)
    const out = output(table, 'inserted', `${given}.[n]`, kept.columns)
    const place = new Map(columns.map((name, i) => [name, cell(i)]))
    const same = table.primaryKey.map((name) => {
      const value = place.get(name)
      if (!value) throw new Failure('invalid', `An upsert needs the key of the record: \`${name}\` is missing`)
      return `${target}.${quote(name)} = ${given}.${value}`
    })
    const on = same.join(' AND ')
    const locked = `${nameOf(table)} AS ${target} WITH (UPDLOCK, HOLDLOCK)`
    const from = `FROM ${locked} JOIN ${sourceOf(parts)} ON ${on}${guard ? ` WHERE ${guard(target)}` : ''}`
    const set = columns
      .filter((name) => !table.primaryKey.includes(name))
      .map((name) => `${quote(name)} = ${given}.${place.get(name)}`)
    const names = kept.columns.map(({ name }) => quote(name))
    const found =
      set.length > 0
        ? `UPDATE ${target} SET ${set.join(', ')} ${out} ${from};`
        : `INSERT INTO @told (${[numberOf(table), ...names].join(', ')}) SELECT ${[`${given}.[n]`, ...names.map((name) => `${target}.${name}`)].join(', ')} ${from};`
    const absent = `(SELECT ${given}.* FROM ${sourceOf(parts)} WHERE NOT EXISTS (SELECT 1 FROM ${locked} WHERE ${on})) AS ${given}`
    const added = numbered(parts, nameOf(table), insertAll(parts, absent, out))
    return `${declaration(table, kept.columns)} ${found} ${added} ${kept.select} ORDER BY ${told}.${numberOf(table)};`
  }

  return {
    insert: (parts) => (parts.upsert ? upsert(parts, parts.upsert.guard) : insert(parts)),
    update: change,
    delete: change,
  }
}

/** The column of the row's number among those that are told: called as none of the table's own. */
function numberOf({ columns }: Table): string {
  const taken = new Set([...columns.keys()].map((name) => name.toLowerCase()))
  let name = 'n'
  while (taken.has(name)) name += '_'
  return quote(name)
}

const cell = (index: number) => `[c${index}]`

/** The given rows as a table of their own: a number, then the cells. */
function sourceOf({ columns, rows }: InsertParts): string {
  const tuples = rows.map((cells, n) => `(${[n, ...cells].join(', ')})`)
  return `(VALUES ${tuples.join(', ')}) AS ${given} (${['[n]', ...columns.map((_, i) => cell(i))].join(', ')})`
}

function keyOf(table: Table): Column[] {
  return table.primaryKey.flatMap((name) => table.columns.get(name) ?? [])
}

/** Numbers of an identity column that are given are taken as they are; the setting ends with the statement. */
function numbered({ table, columns }: InsertParts, name: string, text: string): string {
  const identity = columns.some((column) => table.columns.get(column)?.identity)
  return identity ? `SET IDENTITY_INSERT ${name} ON; ${text} SET IDENTITY_INSERT ${name} OFF;` : text
}
