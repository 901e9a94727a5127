import {
  batchFailure,
  type CallContext,
  type DeletePlan,
  Failure,
  type Filter,
  type InsertPlan,
  isFatal,
  type JsonText,
  type Outcome,
  type Permitted,
  type Result,
  type UpdatePlan,
} from '@gatehouse/core'
import type { Document } from 'mongodb'
import { orUndone, Undone } from '../sql/dry-run.js'
import { etagOf } from '../sql/etag.js'
import { changedSince, noSuchRecord, refuseTooMany } from '../sql/write-failures.js'
import { type Collection, collectionOf } from './collection.js'
import { keyName } from './column.js'
import { Compilation } from './compilation.js'
import { isTransient, toMongoFailure } from './errors.js'
import { projectStages } from './projection.js'
import { matchStages } from './query.js'
import { recordWriter } from './record-writer.js'
import { type Runner, reading, sessionOptions } from './runner.js'
import { inSession, inTransaction, type Session } from './session.js'

export type WritePlan = Permitted<InsertPlan> | Permitted<UpdatePlan> | Permitted<DeletePlan>

export interface Write<P extends WritePlan> {
  readonly runner: Runner
  readonly plan: P
  readonly collection: Collection
  readonly session: Session
}

/** How one family of writes runs. */
export interface WriteBody<P extends WritePlan> {
  /** The records that the plan names one by one. */
  readonly count: (plan: P) => number
  /** False where one command does it all, so that nothing of it can be left half done. Absent: true. */
  readonly together?: (plan: P) => boolean
  /** All of it, in a transaction where there are any and it takes one. What fails, throws. */
  readonly whole: (write: Write<P>) => Promise<readonly JsonText[]>
  /** Record by record, each one written for good. */
  readonly each: (write: Write<P>) => Promise<readonly Outcome[]>
}

/** Runs a write to the end, or leaves nothing behind that the plan's batch mode does not allow. */
export async function runWrite<P extends WritePlan>(
  runner: Runner,
  plan: P,
  context: CallContext,
  body: WriteBody<P>,
): Promise<Result> {
  const collection = collectionOf(runner.collections, plan.table)
  const count = body.count(plan)
  const together = plan.mode === 'rollback' && count > 1
  if (!runner.transactions && (together || plan.dryRun)) throw needsTransaction(together ? '`rollback`' : '`dry_run`')
  refuseTooMany(plan, count)
  return inSession(runner.client, sessionOptions(runner, plan.timeoutMs, context), async (session) => {
    const write: Write<P> = { runner, plan, collection, session }
    if (count <= 1 || together || plan.dryRun) return whole(write, body)
    const outcomes = await body.each(write)
    if (outcomes.some((outcome) => outcome instanceof Failure)) throw batchFailure(outcomes, plan.single)
    return written(outcomes as readonly JsonText[])
  })
}

async function whole<P extends WritePlan>(write: Write<P>, body: WriteBody<P>): Promise<Result> {
  const { runner, plan, session } = write
  const run = async () => {
    const records = await body.whole(write)
    if (plan.dryRun) throw new Undone(records.length)
    return written(records)
  }
  const together = runner.transactions && (plan.dryRun || (body.together?.(plan) ?? true))
  return orUndone(() => (together ? inTransaction(session, run) : run()))
}

function written(records: readonly JsonText[]): Result {
  return { kind: 'written', text: `[${records.join(',')}]`, rows: records.length }
}

export function needsTransaction(what: string): Failure {
  return new Failure('unsupported', `${what} needs transactions, which this database has not`, {
    hint: 'MongoDB has transactions where it runs as a replica set or a sharded cluster. Nothing was written',
  })
}

/** In a rollback the first record that fails ends it all, and the failure tells of each up to there. */
export async function allOrNothing(
  plan: WritePlan,
  count: number,
  run: (index: number) => Promise<JsonText>,
): Promise<readonly JsonText[]> {
  const records: JsonText[] = []
  for (let index = 0; index < count; index++) {
    try {
      records.push(await run(index))
    } catch (thrown) {
      const failure = toMongoFailure(thrown)
      // Another change came in between: the whole transaction begins anew.
      if (isTransient(thrown) || isFatal(failure) || count === 1) throw thrown
      throw batchFailure([...records, failure], plan.single)
    }
  }
  return records
}

/** What is told of documents, by their key: the plan's columns as its role sees them. */
export interface Told {
  readonly key: unknown
  readonly text: JsonText
}

/** Reads what a write answers. */
export async function tell(
  write: Write<WritePlan>,
  filters: readonly (Filter | undefined)[],
  query?: Document,
): Promise<Told[]> {
  const { runner, plan, collection, session } = write
  const c = new Compilation(runner.collections)
  const first = query ? [{ $match: query }] : []
  const selected = matchStages(c, filters, collection)
  const { stages, shape } = projectStages(c, plan.returning, [], collection, { key: `$${keyName}` })
  const found = await source(write)
    .aggregate([...first, ...selected, ...stages], { ...reading, ...session })
    .toArray()
  const writer = recordWriter(shape, { format: 'json', numbers: plan.numbers, maskKey: runner.maskKey })
  return found.map((document) => ({ key: document.key, text: writer.record(document) }))
}

/** The keys of the documents that meet all filters; refuses more than the plan allows. */
export async function keysOf(write: Write<WritePlan>, filters: readonly (Filter | undefined)[]): Promise<unknown[]> {
  const { runner, plan, collection, session } = write
  const c = new Compilation(runner.collections)
  const stages = [...matchStages(c, filters, collection), { $project: { [keyName]: 1 } }]
  const found = await source(write)
    .aggregate(stages, { ...reading, ...session })
    .toArray()
  refuseTooMany(plan, found.length)
  return found.map((document) => document[keyName])
}

export function source({ runner, collection }: Write<WritePlan>) {
  return runner.database.collection<Document>(collection.table.source.name)
}

/**
 * If-Match: the document must still have the tag that the caller read. The answer is a condition that it has not
 * changed since, for the write that follows.
 */
export async function unchanged(
  write: Write<Permitted<UpdatePlan> | Permitted<DeletePlan>>,
  filters: readonly (Filter | undefined)[],
): Promise<Document | undefined> {
  const { runner, plan, collection, session } = write
  const { precondition } = plan
  if (!precondition) return undefined
  const c = new Compilation(runner.collections)
  const selected = matchStages(c, filters, collection)
  const { stages, shape } = projectStages(c, precondition.columns, [], collection, { whole: '$$ROOT' })
  const [document] = await source(write)
    .aggregate([...selected, ...stages], { ...reading, ...session })
    .toArray()
  if (!document) throw noSuchRecord(collection.table.name)
  if (precondition.etag === '*') return undefined
  const writer = recordWriter(shape, { format: 'json', numbers: 'number', maskKey: runner.maskKey })
  if (etagOf(writer.record(document)) !== precondition.etag) throw changedSince()
  return { $expr: { $eq: ['$$ROOT', { $literal: document.whole }] } }
}
