import type { DeletePlan, Filter, JsonText, Permitted } from '@gatehouse/core'
import { eachRecord } from '../sql/each-record.js'
import { keyFilter } from '../sql/key-filter.js'
import { changedSince, noSuchRecord, refuseTooMany } from '../sql/write-failures.js'
import { keyName } from './column.js'
import { Compilation } from './compilation.js'
import { toMongoFailure } from './errors.js'
import { ownQuery } from './query.js'
import { inTransaction } from './session.js'
import { chunksOf } from './update.js'
import { allOrNothing, source, tell, unchanged, type Write, type WriteBody } from './write.js'

type Delete = Write<Permitted<DeletePlan>>

export const deleteBody: WriteBody<Permitted<DeletePlan>> = {
  count: ({ targets }) => (targets.by === 'filter' ? 1 : targets.keys.length),
  whole: async (write) => {
    const { targets } = write.plan
    if (targets.by === 'filter') return deleteRecords(write, targets.filter)
    return allOrNothing(write.plan, targets.keys.length, (index) => deleteOne(write, index))
  },
  each: async (write) => {
    const { targets, mode } = write.plan
    const count = targets.by === 'key' ? targets.keys.length : 0
    const one = (index: number) => {
      const run = () => deleteOne(write, index)
      return write.runner.transactions ? inTransaction(write.session, run) : run()
    }
    return eachRecord(mode, count, one, toMongoFailure)
  },
}

async function deleteOne(write: Delete, index: number): Promise<JsonText> {
  const { plan, collection } = write
  const key = plan.targets.by === 'key' ? plan.targets.keys[index] : undefined
  const [record] = await deleteRecords(write, keyFilter(collection.table, plan.keyColumns, key ?? []))
  if (record === undefined) throw noSuchRecord(collection.table.name)
  return record
}

async function deleteRecords(write: Delete, filter: Filter | undefined): Promise<readonly JsonText[]> {
  const { runner, plan, collection, session } = write
  const where = [filter, plan.policy]
  const same = await unchanged(write, where)
  const told = await tell(write, where)
  refuseTooMany(plan, told.length)
  for (const some of chunksOf(told.map(({ key }) => key))) {
    const own = ownQuery(new Compilation(runner.collections), where, collection)
    const query = { $and: [{ [keyName]: { $in: some } }, ...own, ...(same ? [same] : [])] }
    const { deletedCount } = await source(write).deleteMany(query, { ...session })
    if (same && deletedCount === 0) throw changedSince()
  }
  return told.map(({ text }) => text)
}
