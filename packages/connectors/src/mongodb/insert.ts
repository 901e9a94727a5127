import {
  batchFailure,
  Failure,
  type InsertPlan,
  type JsonText,
  type Outcome,
  type Permitted,
  type Row,
  toFailure,
} from '@gatehouse/core'
import { type Document, MongoBulkWriteError, MongoServerError, ObjectId } from 'mongodb'
import { eachRecord } from '../sql/each-record.js'
import { refusedByCheck, refusedByPolicy } from '../sql/write-failures.js'
import type { Collection } from './collection.js'
import { keyName } from './column.js'
import { Compilation } from './compilation.js'
import { asksRelated, conditionOf } from './condition.js'
import { ofServer, toMongoFailure } from './errors.js'
import { jsonOf } from './print.js'
import { matchStages, queryOf } from './query.js'
import { reading } from './runner.js'
import { inTransaction } from './session.js'
import { stored } from './values.js'
import { allOrNothing, needsTransaction, source, tell, type Write, type WriteBody } from './write.js'

type Insert = Write<Permitted<InsertPlan>>
/** A document to be stored: a Map, since a name could be one that objects have already. */
type NewDocument = ReadonlyMap<string, unknown>

/** The most documents in one command of a check. */
const chunkDocuments = 500

export const insertBody: WriteBody<Permitted<InsertPlan>> = {
  count: (plan) => plan.rows.length,
  together: ({ rows, upsert, check, policy }) =>
    rows.length > 1 || (upsert && (check !== undefined || policy !== undefined)),
  whole: async (write) => {
    const { rows, upsert } = write.plan
    if (upsert) return allOrNothing(write.plan, rows.length, (index) => upsertOne(write, rows[index]))
    const outcomes = await insertAll(write, true)
    const failure = outcomes.find((outcome) => outcome instanceof Failure)
    if (failure) throw rows.length === 1 ? failure : batchFailure(outcomes, write.plan.single)
    return outcomes as readonly JsonText[]
  },
  each: async (write) => {
    const { rows, upsert, mode, check, policy } = write.plan
    if (!upsert) return insertAll(write, false)
    const together = write.runner.transactions && (check !== undefined || policy !== undefined)
    const one = (index: number) => {
      const run = () => upsertOne(write, rows[index])
      return together ? inTransaction(write.session, run) : run()
    }
    return eachRecord(mode, rows.length, one, toMongoFailure)
  },
}

/** What became of each record, up to where the batch ends. `whole`: one that fails keeps all from being written. */
async function insertAll(write: Insert, whole: boolean): Promise<readonly Outcome[]> {
  const { plan, session } = write
  const goesOn = plan.mode === 'continue' && !whole
  const documents = plan.rows.map((row) => attempt(() => newDocument(write, row)))
  await refuseUnchecked(write, documents)
  const first = documents.findIndex((document) => document instanceof Failure)
  if (first >= 0 && whole) return cut(documents.map((document) => (document instanceof Failure ? document : '{}')))
  const wanted = first >= 0 && !goesOn ? documents.slice(0, first) : documents
  const writing = wanted.flatMap((document, index) => (document instanceof Failure ? [] : [{ document, index }]))
  const failed = new Map<number, Failure>()
  try {
    if (writing.length > 0) {
      const maps = writing.map(({ document }) => document as unknown as Document)
      await source(write).insertMany(maps, { ordered: !goesOn, ...session })
    }
  } catch (thrown) {
    if (!(thrown instanceof MongoBulkWriteError)) throw thrown
    const errors = Array.isArray(thrown.writeErrors) ? thrown.writeErrors : [thrown.writeErrors]
    // Not of a record, but of the command.
    if (errors.length === 0) throw thrown
    for (const error of errors) {
      const keyPattern = keyPatternOf(error.errmsg, write.collection)
      failed.set(writing[error.index]?.index ?? 0, ofServer({ code: error.code, keyPattern }, thrown))
    }
  }
  // A transaction ends with its first failure, so nothing more can be asked in it.
  const texts = whole && failed.size > 0 ? undefined : await toldOf(write, writing, failed)
  const outcomes = documents.map((document, index): Outcome => {
    if (document instanceof Failure) return document
    return failed.get(index) ?? texts?.get(identity(document.get(keyName))) ?? '{}'
  })
  return goesOn ? outcomes : cut(outcomes)
}

/** Of a batch, the driver hands on the server's words alone, which name the index. */
function keyPatternOf(message: string | undefined, { indexes }: Collection): unknown {
  const name = / index: (.+?) dup key: /.exec(message ?? '')?.[1]
  const columns = name === undefined ? undefined : indexes.get(name)
  return columns && Object.fromEntries(columns.map((column) => [column, 1]))
}

/** Up to the first failure. */
function cut(outcomes: readonly Outcome[]): readonly Outcome[] {
  const first = outcomes.findIndex((outcome) => outcome instanceof Failure)
  return first < 0 ? outcomes : outcomes.slice(0, first + 1)
}

function attempt<T>(make: () => T): T | Failure {
  try {
    return make()
  } catch (thrown) {
    return toFailure(thrown)
  }
}

async function toldOf(
  write: Insert,
  writing: readonly { readonly document: NewDocument; readonly index: number }[],
  failed: ReadonlyMap<number, Failure>,
): Promise<ReadonlyMap<string, JsonText>> {
  const keys = writing.flatMap(({ document, index }) => (failed.has(index) ? [] : [document.get(keyName)]))
  const told = keys.length === 0 ? [] : await tell(write, [], { [keyName]: { $in: keys } })
  return new Map(told.map(({ key, text }) => [identity(key), text]))
}

/** Equal for equal keys: 1 as an int and as a long are one key. */
function identity(key: unknown): string {
  return `${typeof key === 'object' && key !== null && '_bsontype' in key && key._bsontype === 'ObjectId' ? 'o' : ''}${jsonOf(key)}`
}

function newDocument({ collection }: Insert, row: Row | undefined): NewDocument {
  const { table, fields } = collection
  const document = new Map<string, unknown>()
  const key = row?.get(keyName) ?? null
  if (key === null) {
    const kinds = fields.members.get(keyName)?.kinds
    if (kinds && kinds.size > 0 && !kinds.has('objectId')) {
      throw new Failure('unprocessable', 'The key of a new record is not made by the database', {
        hint: `Send \`${keyName}\` with the record`,
      })
    }
    document.set(keyName, new ObjectId())
  }
  for (const [name, value] of row ?? []) {
    const column = table.columns.get(name)
    if (!column) throw new Failure('internal', 'A plan names a column that is not there')
    if (name !== keyName || value !== null) document.set(name, stored(value, column, fields.members.get(name)))
  }
  return document
}

/**
 * Puts the failure in the place of each document that the role may not write. The server looks at the documents
 * before they are written: they are stored as they are sent, so what does not meet the check is never there.
 */
async function refuseUnchecked(write: Insert, documents: (NewDocument | Failure)[]): Promise<void> {
  const { runner, plan, collection, session } = write
  if (!plan.check) return
  // Not a part of a transaction: documents that are not stored yet are no part of what it sees.
  const { session: _session, ...limits } = session
  const mark = '__index'
  for (let start = 0; start < documents.length; start += chunkDocuments) {
    const marked = documents
      .slice(start, start + chunkDocuments)
      .flatMap((document, i) => (document instanceof Failure ? [] : [new Map([...document, [mark, start + i]])]))
    const c = new Compilation(runner.collections)
    const stages = [
      { $documents: { $literal: marked } },
      ...matchStages(c, [plan.check], collection),
      { $project: { _id: 0, [mark]: 1 } },
    ]
    const found = await runner.database.aggregate(stages, { ...reading, ...limits }).toArray()
    const allowed = new Set(found.map((document) => Number(document[mark])))
    for (let i = start; i < Math.min(start + chunkDocuments, documents.length); i++) {
      if (!allowed.has(i) && !(documents[i] instanceof Failure)) documents[i] = refusedByCheck()
    }
  }
}

/** One record: new, or over the one with its key where the policy lets that be changed. */
async function upsertOne(write: Insert, row: Row | undefined): Promise<JsonText> {
  const { runner, plan, collection, session } = write
  const { policy, check } = plan
  const document = newDocument(write, row)
  const id = document.get(keyName)
  const own: Document = { [keyName]: { $eq: id } }
  const related = policy !== undefined && asksRelated(conditionOf(policy))
  if (!runner.transactions && (check || related)) throw needsTransaction('An upsert under this row policy')
  if (related && (await exists(write, own)) && !(await exists(write, own, policy))) throw refusedByPolicy()
  // An upsert writes what its query says a field is equal to; behind NOR it is no such thing.
  const guard: Document =
    policy && !related ? { $nor: [{ $nor: [queryOf(new Compilation(runner.collections), policy, collection)] }] } : {}
  const set = new Map([...document].filter(([name]) => name !== keyName))
  try {
    const change = set.size > 0 ? { $set: set as unknown as Document } : { $setOnInsert: {} }
    await source(write).updateOne({ ...own, ...guard }, change, { upsert: true, ...session })
  } catch (thrown) {
    // The record is there, and the guard kept it from being found.
    if (policy && thrown instanceof MongoServerError && thrown.code === 11000 && keyName in (thrown.keyPattern ?? {})) {
      throw refusedByPolicy()
    }
    throw thrown instanceof MongoServerError && thrown.code === 11000 ? ofServer(thrown, thrown) : thrown
  }
  if (check && !(await exists(write, own, check))) throw refusedByCheck()
  const [told] = await tell(write, [], own)
  return told?.text ?? '{}'
}

async function exists(write: Insert, query: Document, filter?: InsertPlan['policy']): Promise<boolean> {
  const c = new Compilation(write.runner.collections)
  const stages = [{ $match: query }, ...matchStages(c, [filter], write.collection), { $project: { [keyName]: 1 } }]
  return (
    (
      await source(write)
        .aggregate(stages, { ...reading, ...write.session })
        .toArray()
    ).length > 0
  )
}
