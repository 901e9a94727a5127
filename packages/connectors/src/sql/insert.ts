import {
  Failure,
  type Filter,
  type InsertPlan,
  isFatal,
  type JsonText,
  type Outcome,
  type Permitted,
  type Row,
  type Table,
  toFailure,
} from '@gatehouse/core'
import type { SqlTransaction } from './driver.js'
import { eachRecord } from './each-record.js'
import { keyFilter } from './key-filter.js'
import { requireKey } from './require-key.js'
import { Shape } from './shape.js'
import { type Compiled, valuesOf } from './statements.js'
import {
  keyColumns,
  keyOf,
  recordsOf,
  returnsTold,
  type Session,
  tell,
  toldOf,
  type Write,
  type WriteBody,
} from './write.js'
import { refusedByPolicy } from './write-failures.js'
import { type InsertShape, insertSql, type Told } from './write-sql.js'

type Insert = Write<Permitted<InsertPlan>>

const nothing: Told['returning'] = []

/** The most rows in one statement, as far as its values allow. */
const chunkRows = 500

export const insertBody: WriteBody<Permitted<InsertPlan>> = {
  alone: (write) => {
    const { plan, runner } = write
    const [row, ...more] = plan.rows
    if (!row || more.length > 0 || unguarded(plan, runner.dialect.guardedUpsert)) return false
    return !upserts(write, row) && returnsTold(write)
  },
  once: (write, session) => insertChunk(write, session, write.plan.rows),
  all,
}

/** The row goes in by the dialect's own upsert, which tells nothing back. One without a key can only be new. */
function upserts({ plan, runner, table }: Insert, row: Row): boolean {
  const { primaryKey } = table
  if (!plan.upsert || runner.dialect.upsert === undefined || primaryKey.length === 0) return false
  return primaryKey.every((name) => row.has(name))
}

function unguarded(plan: InsertPlan, guarded: boolean): boolean {
  return plan.upsert && plan.policy !== undefined && !guarded
}

async function all(write: Insert, transaction: SqlTransaction): Promise<readonly Outcome[]> {
  const { plan } = write
  const outcomes: Outcome[] = []
  for (const chunk of chunks(write)) {
    try {
      outcomes.push(...(await transaction.savepoint(() => insertChunk(write, transaction, chunk))))
      continue
    } catch (thrown) {
      const failure = toFailure(thrown)
      if (isFatal(failure) || plan.single) throw failure
    }
    // Something in the chunk cannot be written: one by one, to say what, and to keep what the mode keeps.
    const each = await eachRecord(plan.mode, chunk.length, (index) =>
      transaction.savepoint(async () => {
        const [record] = await insertChunk(write, transaction, chunk.slice(index, index + 1))
        return record ?? '{}'
      }),
    )
    outcomes.push(...each)
    if (plan.mode !== 'continue' && each.some((outcome) => outcome instanceof Failure)) break
  }
  return outcomes
}

/** Runs of rows that fit into one statement: few enough values, and the same columns where DEFAULT is no value. */
function* chunks({ runner, plan }: Insert): Generator<readonly Row[]> {
  const { dialect } = runner
  let chunk: Row[] = []
  let signature = ''
  for (const row of plan.rows) {
    const own = dialect.defaultInValues && row.size > 0 ? '' : [...row.keys()].sort().join('\0')
    const fitting = Math.floor((dialect.maxValues - 100) / Math.max(1, row.size))
    const most = Math.max(1, Math.min(dialect.maxRows ?? chunkRows, fitting))
    // A row of defaults only has a statement of its own.
    if (chunk.length > 0 && (own !== signature || chunk.length >= most || row.size === 0)) {
      yield chunk
      chunk = []
    }
    signature = own
    chunk.push(row)
  }
  if (chunk.length > 0) yield chunk
}

async function insertChunk(write: Insert, session: Session, rows: readonly Row[]): Promise<readonly JsonText[]> {
  const { runner, plan, table } = write
  if (runner.dialect.nullKeys) for (const row of rows) requireKey(table, row, true)
  const own = rows.some((row) => upserts(write, row))
  const returns = !own && returnsTold(write)
  // What RETURNING cannot tell is looked up by the key that it does tell.
  const keyed = !own && !returns && runner.dialect.returning.insert && table.primaryKey.length > 0
  if (unguarded(plan, runner.dialect.guardedUpsert)) await requireOwn(write, session, rows)
  const told = returns ? toldOf(plan) : keyed && table.kind === 'table' ? keyTold(table) : undefined
  const compiled = statementOf(write, rows, told, own)
  const result = await session.rows(compiled.compiled.statement, valuesOf(compiled.compiled, compiled.shape, rows))
  if (returns) {
    if (result.rows.length < rows.length) throw refusedByPolicy()
    return recordsOf(compiled.compiled.statement.shape, result.rows)
  }
  const records: JsonText[] = []
  for (const [index, row] of rows.entries()) {
    const key = told
      ? keyOf(runner, table, table.primaryKey, result.rows[index] ?? [])
      : insertedKey(write, row, index, result.insertId)
    const found = await tell(write, session, [keyFilter(table, table.primaryKey, key)], toldOf(plan), false)
    records.push(...recordsOf(found.shape, found.rows))
  }
  return records
}

function keyTold(table: Table): Told {
  return { returning: keyColumns(table.primaryKey), check: undefined, numbers: 'number' }
}

/** Where an upsert cannot guard the row that it overwrites: lock those rows and look at them first. */
async function requireOwn(write: Insert, session: Session, rows: readonly Row[]): Promise<void> {
  const { plan, table } = write
  const check: Filter = plan.policy ?? { kind: 'constant', value: true }
  for (const row of rows) {
    const key = table.primaryKey.map((name) => row.get(name) ?? null)
    const told = { returning: [], check, numbers: plan.numbers }
    const { shape, rows: found } = await tell(write, session, [keyFilter(table, table.primaryKey, key)], told, true)
    try {
      recordsOf(shape, found)
    } catch {
      throw refusedByPolicy()
    }
  }
}

/** Without RETURNING: the key is what the row says, or the number that it drew. */
function insertedKey({ table }: Insert, row: Row, index: number, insertId: bigint | undefined) {
  if (table.primaryKey.length === 0) {
    throw new Failure(
      'unsupported',
      `\`${table.name}\` has no primary key, so this database cannot tell what was inserted`,
    )
  }
  return table.primaryKey.map((name) => {
    const given = row.get(name)
    if (given !== undefined && given !== null) return given
    if (table.columns.get(name)?.identity && insertId !== undefined) return insertId + BigInt(index)
    throw new Failure('unsupported', `The key of the new record is made by the database, which cannot tell it`, {
      hint: `Send \`${name}\` with the record`,
    })
  })
}

/** The columns that any of the rows names. */
function columnsOf(rows: readonly Row[]): readonly string[] {
  const [first] = rows
  return first && rows.length === 1 ? [...first.keys()] : [...new Set(rows.flatMap((row) => [...row.keys()]))]
}

function statementOf(
  write: Insert,
  rows: readonly Row[],
  told: Told | undefined,
  upsert: boolean,
): { compiled: Compiled; shape: Shape } {
  const { runner, plan, table } = write
  const columns = columnsOf(rows)
  const complete = rows.every((row) => row.size === columns.length)
  const insert: InsertShape = {
    table,
    columns,
    rows: rows.length,
    upsert: plan.upsert && (upsert || runner.dialect.upsert === undefined),
    policy: plan.policy,
    told,
    ...(complete ? {} : { has: (row: number, column: string) => rows[row]?.has(column) ?? false }),
  }
  const shape = new Shape('insert')
    .names([table.name, ...columns])
    .add(rows.length)
    .add(plan.numbers)
  shape
    .add(insert.upsert ? 'u' : '')
    .add(told ? 'r' : '')
    .projections(told?.returning ?? nothing)
    .filter(plan.check)
    .filter(plan.upsert ? plan.policy : undefined)
  if (!complete) shape.add(rows.map((row) => columns.map((name) => (row.has(name) ? 1 : 0)).join('')).join())
  return { compiled: runner.statements.of(shape, runner.catalog, (c) => insertSql(c, insert)), shape }
}
