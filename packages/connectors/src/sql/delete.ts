import type { DeletePlan, Filter, JsonText, Outcome, Permitted } from '@gatehouse/core'
import type { SqlTransaction } from './driver.js'
import { eachRecord } from './each-record.js'
import { keyFilter } from './key-filter.js'
import { Shape } from './shape.js'
import { valuesOf } from './statements.js'
import { recordsOf, requireTag, returnsTold, type Session, tell, toldOf, type Write, type WriteBody } from './write.js'
import { noSuchRecord } from './write-failures.js'
import { deleteSql } from './write-sql.js'

type Delete = Write<Permitted<DeletePlan>>

export const deleteBody: WriteBody<Permitted<DeletePlan>> = {
  alone: (write) => {
    const { targets, precondition } = write.plan
    return (targets.by === 'filter' || targets.keys.length === 1) && !precondition && returnsTold(write)
  },
  once: (write, session) => first(write, session),
  all,
}

async function first(write: Delete, session: Session): Promise<readonly JsonText[]> {
  const { targets } = write.plan
  if (targets.by === 'filter') return deleteRows(write, session, targets.filter)
  return deleteOne(write, session, 0)
}

async function all(write: Delete, transaction: SqlTransaction): Promise<readonly Outcome[]> {
  const { targets, mode, single } = write.plan
  if (targets.by === 'filter' || single) return first(write, transaction)
  return eachRecord(mode, targets.keys.length, (index) =>
    transaction.savepoint(async () => {
      const [record] = await deleteOne(write, transaction, index)
      return record ?? '{}'
    }),
  )
}

async function deleteOne(write: Delete, session: Session, index: number): Promise<readonly JsonText[]> {
  const { plan, table } = write
  const key = plan.targets.by === 'key' ? plan.targets.keys[index] : undefined
  const records = await deleteRows(write, session, keyFilter(table, plan.keyColumns, key ?? []))
  if (records.length === 0) throw noSuchRecord(table.name)
  return records
}

async function deleteRows(write: Delete, session: Session, filter: Filter | undefined): Promise<readonly JsonText[]> {
  const { runner, plan, table } = write
  const where = [filter, plan.policy]
  await requireTag(write, session, where)
  const returns = returnsTold(write)
  const before = returns ? undefined : await tell(write, session, where, toldOf(plan), true)
  const shape = new Shape('delete').add(JSON.stringify(table.name)).add(plan.numbers)
  for (const part of where) shape.filter(part)
  if (returns) shape.projections(plan.returning)
  const told = returns ? toldOf(plan) : undefined
  const compiled = runner.statements.of(shape, runner.catalog, (c) => deleteSql(c, table, where, told))
  const { rows } = await session.rows(compiled.statement, valuesOf(compiled, shape))
  return before ? recordsOf(before.shape, before.rows) : recordsOf(compiled.statement.shape, rows)
}
