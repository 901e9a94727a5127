import {
  type Change,
  Failure,
  type Filter,
  type JsonText,
  type Outcome,
  type Permitted,
  type Row,
  type Scalar,
  type UpdatePlan,
} from '@gatehouse/core'
import type { SqlTransaction } from './driver.js'
import { eachRecord } from './each-record.js'
import { keyFilter } from './key-filter.js'
import { requireKey } from './require-key.js'
import { Shape } from './shape.js'
import { valuesOf } from './statements.js'
import {
  keyColumns,
  keyOf,
  recordsOf,
  requireTag,
  returnsTold,
  type Session,
  tell,
  toldOf,
  type Write,
  type WriteBody,
} from './write.js'
import { noSuchRecord } from './write-failures.js'
import { updateSql } from './write-sql.js'

type Update = Write<Permitted<UpdatePlan>>

export const updateBody: WriteBody<Permitted<UpdatePlan>> = {
  alone: (write) => write.plan.changes.length === 1 && !write.plan.precondition && returnsTold(write),
  once: async (write, session) => {
    const [change] = write.plan.changes
    return change ? changeRows(write, session, change) : []
  },
  all,
}

async function all(write: Update, transaction: SqlTransaction): Promise<readonly Outcome[]> {
  const { changes, mode, single } = write.plan
  const [only] = changes
  if (only && changes.length === 1 && (single || only.by === 'filter')) return changeRows(write, transaction, only)
  return eachRecord(mode, changes.length, (index) =>
    transaction.savepoint(async () => {
      const change = changes[index]
      const [record] = change ? await changeRows(write, transaction, change) : []
      return record ?? '{}'
    }),
  )
}

async function changeRows(write: Update, session: Session, change: Change): Promise<readonly JsonText[]> {
  const { runner, plan, table } = write
  if (runner.dialect.nullKeys) requireKey(table, change.set, false)
  const filter = change.by === 'key' ? keyFilter(table, plan.keyColumns, change.key) : change.filter
  const where = [filter, plan.policy]
  await requireTag(write, session, where)
  const records = returnsTold(write)
    ? await updateReturning(write, session, where, change.set)
    : await updateAndTell(write, session, where, change.set)
  if (change.by === 'key' && records.length === 0) throw noSuchRecord(table.name)
  return records
}

async function updateReturning(
  write: Update,
  session: Session,
  where: readonly (Filter | undefined)[],
  set: Row,
): Promise<readonly JsonText[]> {
  const { plan } = write
  const names = [...set.keys()]
  const reset = resetOf(plan, set)
  if (names.length + reset.length === 0) {
    const { shape, rows } = await tell(write, session, where, toldOf(plan), false)
    return recordsOf(shape, rows)
  }
  const { compiled, shape } = statementOf(write, names, reset, where, true)
  const { rows } = await session.rows(compiled.statement, valuesOf(compiled, shape, [set]))
  return recordsOf(compiled.statement.shape, rows)
}

/** Without RETURNING: lock the rows and note their keys, change them, read them by their new keys. */
async function updateAndTell(
  write: Update,
  session: Session,
  where: readonly (Filter | undefined)[],
  set: Row,
): Promise<readonly JsonText[]> {
  const { runner, plan, table } = write
  const columns = table.primaryKey.length > 0 ? table.primaryKey : plan.keyColumns
  if (columns.length === 0) {
    throw new Failure(
      'unsupported',
      `\`${table.name}\` has no primary key, so this database cannot tell what was changed`,
    )
  }
  const told = { returning: keyColumns(columns), check: undefined, numbers: 'number' } as const
  const before = await tell(write, session, where, told, true)
  const names = [...set.keys()]
  const reset = resetOf(plan, set)
  if (before.rows.length > 0 && names.length + reset.length > 0) {
    const { compiled, shape } = statementOf(write, names, reset, where, false)
    await session.rows(compiled.statement, valuesOf(compiled, shape, [set]))
  }
  const records: JsonText[] = []
  for (const row of before.rows) {
    const key: Scalar[] = keyOf(runner, table, columns, row).map((value, i) => set.get(columns[i] ?? '') ?? value)
    const after = await tell(write, session, [keyFilter(table, columns, key)], toldOf(plan), false)
    records.push(...recordsOf(after.shape, after.rows))
  }
  return records
}

/** PUT: the columns that the record does not name go back to their default. */
function resetOf(plan: UpdatePlan, set: Row): readonly string[] {
  return plan.reset.filter((name) => !set.has(name))
}

function statementOf(
  { runner, plan, table }: Update,
  names: readonly string[],
  reset: readonly string[],
  where: readonly (Filter | undefined)[],
  returns: boolean,
) {
  const shape = new Shape('update')
    .add(JSON.stringify([table.name, names, reset]))
    .add(plan.numbers)
    .add(returns ? 'r' : '')
  for (const filter of where) shape.filter(filter)
  if (returns) shape.projections(plan.returning).filter(plan.check)
  const told = returns ? toldOf(plan) : undefined
  const compiled = runner.statements.of(shape, runner.catalog, (c) => updateSql(c, table, names, reset, where, told))
  return { compiled, shape }
}
