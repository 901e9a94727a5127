import {
  type Change,
  columnsOf,
  Failure,
  type Filter,
  type JsonText,
  type Permitted,
  type Row,
  type Scalar,
  type UpdatePlan,
} from '@gatehouse/core'
import type { Document } from 'mongodb'
import { eachRecord } from '../sql/each-record.js'
import { keyFilter } from '../sql/key-filter.js'
import { changedSince, noSuchRecord, refusedByCheck } from '../sql/write-failures.js'
import { keyName } from './column.js'
import { Compilation } from './compilation.js'
import { asksRelated, conditionOf } from './condition.js'
import { toMongoFailure } from './errors.js'
import { jsonOf } from './print.js'
import { ownQuery } from './query.js'
import { inTransaction } from './session.js'
import { stored } from './values.js'
import { allOrNothing, keysOf, needsTransaction, source, tell, unchanged, type Write, type WriteBody } from './write.js'

type Update = Write<Permitted<UpdatePlan>>

/** The most keys in one command. */
const chunkKeys = 10_000

export const updateBody: WriteBody<Permitted<UpdatePlan>> = {
  count: (plan) => (plan.changes.some(({ by }) => by === 'filter') ? 1 : plan.changes.length),
  whole: async (write) => {
    const { changes } = write.plan
    const [only] = changes
    if (only && changes.length === 1) return changeRecords(write, only)
    return allOrNothing(write.plan, changes.length, (index) => changeOne(write, changes[index]))
  },
  each: async (write) => {
    const { changes, mode } = write.plan
    const one = (index: number) => {
      const run = () => changeOne(write, changes[index])
      return write.runner.transactions ? inTransaction(write.session, run) : run()
    }
    return eachRecord(mode, changes.length, one, toMongoFailure)
  },
}

async function changeOne(write: Update, change: Change | undefined): Promise<JsonText> {
  const [record] = change ? await changeRecords(write, change) : []
  return record ?? '{}'
}

async function changeRecords(write: Update, change: Change): Promise<readonly JsonText[]> {
  const { plan, collection } = write
  const filter = change.by === 'key' ? keyFilter(collection.table, plan.keyColumns, change.key) : change.filter
  const where = [filter, plan.policy]
  const update = updateOf(write, change)
  const same = await unchanged(write, where)
  const keys = await keysOf(write, where)
  if (change.by === 'key' && keys.length === 0) throw noSuchRecord(collection.table.name)
  await requireCheckable(write, change.set, keys)
  if (update) await changeByKeys(write, keys, [filter, plan.policy, guardOf(write)], same, update)
  if (write.runner.transactions && plan.check) await requireCheck(write, keys, plan.check)
  return recordsOf(write, keys)
}

/** The change as the server takes it; undefined where there is none. Values stand behind `$set`, where nothing is an operator. */
function updateOf({ plan, collection }: Update, { set, ...change }: Change): Document | undefined {
  const { table, fields } = collection
  const values = new Map<string, unknown>()
  for (const [name, value] of set) {
    const column = table.columns.get(name)
    if (!column) throw new Failure('internal', 'A plan names a column that is not there')
    const next = stored(value, column, fields.members.get(name))
    if (name !== keyName) values.set(name, next)
    else if (
      change.by !== 'key' ||
      !plan.keyColumns.includes(name) ||
      jsonOf(next) !== jsonOf(stored(keyOf(change, plan), column, fields.members.get(name)))
    ) {
      throw new Failure('invalid', `\`${keyName}\` cannot be changed`, {
        hint: 'Create a new record and delete this one',
      })
    }
  }
  const reset = plan.reset.filter((name) => !set.has(name) && name !== keyName)
  const unset = new Map(reset.map((name) => [name, '']))
  if (values.size + unset.size === 0) return undefined
  return { ...(values.size > 0 && { $set: values }), ...(unset.size > 0 && { $unset: unset }) }
}

function keyOf(change: Omit<Extract<Change, { by: 'key' }>, 'set'>, plan: UpdatePlan): Scalar {
  return change.key[plan.keyColumns.indexOf(keyName)] ?? null
}

/**
 * Without transactions nothing can be looked at before it is there for all. What the change leaves as it is can be
 * looked at before; anything else is refused.
 */
async function requireCheckable(write: Update, set: Row, keys: readonly unknown[]): Promise<void> {
  const { runner, plan } = write
  if (runner.transactions || !plan.check) return
  const touched = [...set.keys(), ...plan.reset]
  const reads = columnsOf(plan.check)
  if (touched.some((name) => reads.has(name)) || asksRelated(conditionOf(plan.check))) {
    throw needsTransaction('A change of what a row policy looks at')
  }
  await requireCheck(write, keys, plan.check)
}

/** Without transactions: the check again, in the very command that writes. */
function guardOf({ runner, plan }: Update): Filter | undefined {
  return runner.transactions ? undefined : plan.check
}

async function requireCheck(write: Update, keys: readonly unknown[], check: Filter): Promise<void> {
  for (const some of chunksOf(keys)) {
    const found = await tell(write, [check], { [keyName]: { $in: some } })
    if (found.length < some.length) throw refusedByCheck()
  }
}

async function changeByKeys(
  write: Update,
  keys: readonly unknown[],
  where: readonly (Filter | undefined)[],
  same: Document | undefined,
  update: Document,
): Promise<void> {
  const { runner, collection, session } = write
  for (const some of chunksOf(keys)) {
    const own = ownQuery(new Compilation(runner.collections), where, collection)
    const query = { $and: [{ [keyName]: { $in: some } }, ...own, ...(same ? [same] : [])] }
    const { matchedCount } = await source(write).updateMany(query, update, { ...session })
    if (same && matchedCount === 0) throw changedSince()
  }
}

async function recordsOf(write: Update, keys: readonly unknown[]): Promise<readonly JsonText[]> {
  const records: JsonText[] = []
  for (const some of chunksOf(keys)) {
    const told = await tell(write, [], { [keyName]: { $in: some } })
    const texts = new Map(told.map(({ key, text }) => [jsonOf(key), text]))
    for (const key of some) {
      const text = texts.get(jsonOf(key))
      if (text !== undefined) records.push(text)
    }
  }
  return records
}

export function* chunksOf(keys: readonly unknown[]): Generator<readonly unknown[]> {
  for (let start = 0; start < keys.length; start += chunkKeys) yield keys.slice(start, start + chunkKeys)
}
