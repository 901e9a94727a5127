import {
  batchFailure,
  type CallContext,
  type DeletePlan,
  Failure,
  type Filter,
  type InsertPlan,
  type JsonText,
  type Outcome,
  type Permitted,
  type Projection,
  type Result,
  type Scalar,
  stringOf,
  type Table,
  type UpdatePlan,
} from '@gatehouse/core'
import type { Raw, RawRows, RunOptions, SqlTransaction, Statement } from './driver.js'
import { orUndone, Undone } from './dry-run.js'
import { etagOf } from './etag.js'
import { type Runner, runOptions } from './read.js'
import type { RowShape } from './row-shape.js'
import { Shape } from './shape.js'
import { valuesOf } from './statements.js'
import { changedSince, noSuchRecord, refusedByCheck, refuseTooMany } from './write-failures.js'
import { type Told, tellSql } from './write-sql.js'
import { compileWriter, type RowWriter } from './writer.js'

export type WritePlan = Permitted<InsertPlan> | Permitted<UpdatePlan> | Permitted<DeletePlan>

/** Where a write's statements run: in a transaction, or each in one of its own. */
export interface Session {
  rows(statement: Statement, values: readonly unknown[]): Promise<RawRows>
}

export interface Write<P extends WritePlan> {
  readonly runner: Runner
  readonly plan: P
  readonly table: Table
}

/** How one family of writes runs. */
export interface WriteBody<P extends WritePlan> {
  /** True where one statement does it all and nothing has to be looked at before it is committed. */
  alone(write: Write<P>): boolean
  /** The one statement. */
  once(write: Write<P>, session: Session): Promise<readonly JsonText[]>
  /** All of it, record by record where a record may fail by itself. */
  all(write: Write<P>, transaction: SqlTransaction): Promise<readonly Outcome[]>
}

/** Runs a write to the end, or leaves nothing behind that the plan's batch mode does not allow. */
export async function runWrite<P extends WritePlan>(
  runner: Runner,
  plan: P,
  context: CallContext,
  body: WriteBody<P>,
): Promise<Result> {
  const table = runner.catalog.tables.get(plan.table)
  if (!table) throw new Failure('not_found', `There is no table \`${plan.table}\``)
  const write: Write<P> = { runner, plan, table }
  const brief = plan.kind === 'insert' && !plan.upsert && table.triggers === false
  const options = runOptions(runner, plan.timeoutMs, context, false, brief)
  const simple = !plan.check && plan.maxAffected === undefined && !plan.dryRun && body.alone(write)
  if (simple) {
    const records = await body.once(write, {
      rows: (statement, values) => runner.driver.rows(statement, values, options),
    })
    return { kind: 'written', text: arrayOf(records), rows: records.length }
  }
  return runInTransaction(isOne(plan) ? { runner, plan: { ...plan, single: true }, table } : write, options, body)
}

/** A batch of one record fails as that record does, however many statements a database needs for it. */
function isOne(plan: WritePlan): boolean {
  switch (plan.kind) {
    case 'insert':
      return plan.rows.length === 1
    case 'update':
      return plan.changes.length === 1
    case 'delete':
      return plan.targets.by === 'key' && plan.targets.keys.length === 1
    default:
      return plan satisfies never
  }
}

async function runInTransaction<P extends WritePlan>(
  write: Write<P>,
  options: RunOptions,
  body: WriteBody<P>,
): Promise<Result> {
  const { runner, plan } = write
  return orUndone(async () => {
    const outcomes = await runner.driver.transaction(options, async (transaction) => {
      const all = await body.all(write, transaction)
      const failed = all.some((outcome) => outcome instanceof Failure)
      if (failed && (plan.mode === 'rollback' || plan.dryRun)) throw batchFailure(all, plan.single)
      const affected = all.filter((outcome) => !(outcome instanceof Failure)).length
      refuseTooMany(plan, affected)
      if (plan.dryRun) throw new Undone(affected)
      return all
    })
    if (outcomes.some((outcome) => outcome instanceof Failure)) throw batchFailure(outcomes, plan.single)
    const records = outcomes as readonly JsonText[]
    return { kind: 'written', text: arrayOf(records), rows: records.length }
  })
}

function arrayOf(records: readonly JsonText[]): string {
  return `[${records.map(stringOf).join(',')}]`
}

export function toldOf(plan: WritePlan): Told {
  return { returning: plan.returning, check: plan.check, numbers: plan.numbers }
}

/** RETURNING can tell all that is wanted of the rows; else they are looked at by themselves. */
export function returnsTold({ runner, plan, table }: Write<WritePlan>): boolean {
  const { returning, returnable } = runner.dialect
  if (!returning[plan.kind]) return false
  if (!returnable) return true
  if (table.kind !== 'table' || plan.check) return false
  return plan.returning.every(({ column, views }) => {
    const typed = table.columns.get(column)
    return typed !== undefined && returnable(typed) && !views?.some((view) => view.when)
  })
}

const writers = new WeakMap<RowShape, RowWriter>()
function writerOf(shape: RowShape): RowWriter {
  const known = writers.get(shape) ?? compileWriter(shape)
  writers.set(shape, known)
  return known
}

/** The rows that a write told of, each as JSON text. One that does not meet the check: `forbidden`. */
export function recordsOf(shape: RowShape, rows: readonly (readonly Raw[])[]): JsonText[] {
  const writer = writerOf(shape)
  const checked = shape.hidden > 0
  return rows.map((row) => {
    if (checked && Number(row[shape.columns.length]) !== 1) {
      throw refusedByCheck()
    }
    return writer.row(row)
  })
}

/** Selects what RETURNING would tell. */
export async function tell(
  write: Write<WritePlan>,
  session: Session,
  where: readonly (Filter | undefined)[],
  told: Told,
  lock: boolean,
): Promise<{ shape: RowShape; rows: RawRows['rows'] }> {
  const { runner, table } = write
  const shape = new Shape('tell')
    .add(JSON.stringify(table.name))
    .add(told.numbers)
    .add(lock ? 'l' : '')
  shape.projections(told.returning).filter(told.check)
  for (const filter of where) shape.filter(filter)
  const compiled = runner.statements.of(shape, runner.catalog, (c) => tellSql(c, table, where, told, lock))
  const { rows } = await session.rows(compiled.statement, valuesOf(compiled, shape))
  return { shape: compiled.statement.shape, rows }
}

/** The key's columns as they are, for reading keys back. */
export function keyColumns(columns: readonly string[]): readonly Projection[] {
  return columns.map((name) => ({ name, column: name }))
}

/** Reads a key that was told as raw values. */
export function keyOf(runner: Runner, table: Table, columns: readonly string[], row: readonly Raw[]): Scalar[] {
  return columns.map((name, i) => runner.dialect.scalar(row[i] ?? null, table.columns.get(name)?.type ?? 'text'))
}

/** If-Match: the record must still have the tag that the caller read. */
export async function requireTag(
  write: Write<Permitted<UpdatePlan> | Permitted<DeletePlan>>,
  session: Session,
  where: readonly (Filter | undefined)[],
): Promise<void> {
  const { precondition } = write.plan
  if (!precondition) return
  const told: Told = { returning: precondition.columns, check: undefined, numbers: 'number' }
  const { shape, rows } = await tell(write, session, where, told, true)
  const [row] = rows
  if (!row) throw noSuchRecord(write.table.name)
  const text = writerOf(shape).row(row)
  if (precondition.etag !== '*' && etagOf(text) !== precondition.etag) throw changedSince()
}
