import type { CallContext, Filter, PageResult, Permitted, Result, Scalar, SelectPlan } from '@gatehouse/core'
import type { AggregationCursor, Document } from 'mongodb'
import { etagOf } from '../sql/etag.js'
import { mediaTypes } from '../sql/read.js'
import { noSuchRecord } from '../sql/write-failures.js'
import { type Collection, collectionOf, valueAt } from './collection.js'
import { Compilation } from './compilation.js'
import { stopped, toMongoFailure } from './errors.js'
import { expressionOf } from './expression.js'
import { scalarOf } from './print.js'
import { projectStages, type Shape, sortStages } from './projection.js'
import { matchStages } from './query.js'
import { type RecordWriter, recordWriter } from './record-writer.js'
import { type Runner, reading, sessionOptions } from './runner.js'
import { inSession, killSession, type Session, type SessionOptions } from './session.js'

export async function runSelect(runner: Runner, plan: Permitted<SelectPlan>, context: CallContext): Promise<Result> {
  const options = sessionOptions(runner, plan.timeoutMs, context)
  const collection = collectionOf(runner.collections, plan.table)
  if (plan.stream && !plan.dryRun && plan.count !== 'only') {
    if (plan.count === 'none') return streamed(runner, plan, collection, options)
    const counted = await inSession(runner.client, options, (session) => countedOf(runner, plan, collection, session))
    return { ...streamed(runner, plan, collection, options), ...counted }
  }
  return inSession(runner.client, options, async (session): Promise<Result> => {
    if (plan.count === 'only') {
      const count = await countRows(runner, plan, collection, session)
      return { kind: 'page', format: plan.format, text: '[]', rows: 0, more: false, count }
    }
    if (plan.dryRun) return dryRun(runner, plan, collection, session)
    return read(runner, plan, collection, session)
  })
}

async function read(runner: Runner, plan: SelectPlan, collection: Collection, session: Session): Promise<Result> {
  const { stages, shape } = selectStages(runner, plan, collection)
  const found = await open(runner, collection, stages, session).toArray()
  const writer = writerOf(runner, plan, shape)
  if (plan.shape === 'one') {
    const [document] = found
    if (!document) throw noSuchRecord(plan.table)
    const text = writer.record(document)
    return plan.etag ? { kind: 'record', text, etag: etagOf(text) } : { kind: 'record', text }
  }
  const more = found.length > plan.limit
  const documents = more ? found.slice(0, plan.limit) : found
  const text = writer.begin + documents.map(writer.record).join(writer.separator) + writer.end
  const last = more && plan.keyset ? lastValues(plan, documents.at(-1)) : undefined
  const page = { kind: 'page', format: plan.format, text, rows: documents.length, more, ...(last && { last }) } as const
  return { ...page, ...(await countedOf(runner, plan, collection, session)) }
}

async function countedOf(
  runner: Runner,
  plan: SelectPlan,
  collection: Collection,
  session: Session,
): Promise<Pick<PageResult, 'count' | 'countEstimated'>> {
  if (plan.count === 'none') return {}
  // Statistics know of all documents only; of some, the true count is the only one.
  const estimated = plan.count === 'estimated' && !plan.filter && !plan.policy
  if (!estimated) return { count: await countRows(runner, plan, collection, session) }
  return { count: await allRows(runner, collection, session), countEstimated: true }
}

function writerOf(runner: Runner, plan: SelectPlan, shape: Shape): RecordWriter {
  return recordWriter(shape, { format: plan.format, numbers: plan.numbers, maskKey: runner.maskKey })
}

/** One document more than asked for tells whether a next page exists. */
function selectStages(runner: Runner, plan: SelectPlan, collection: Collection) {
  const c = new Compilation(runner.collections)
  const selected = matchStages(c, [plan.filter, plan.policy], collection)
  const page: Document[] = plan.offset > 0 ? [{ $skip: plan.offset }] : []
  const limit = plan.shape === 'one' || plan.stream ? plan.limit : plan.limit + 1
  if (limit < Number.MAX_SAFE_INTEGER) page.push(limit === 0 ? nothing : { $limit: limit })
  const end: Document = plan.keyset
    ? Object.fromEntries(plan.order.map((term, i) => [`k${i}`, valueAt(term.path)]))
    : {}
  const behind = plan.after ? [{ $match: { $expr: behindOf(c, plan.after, collection) } }] : []
  const { stages, shape } = projectStages(c, plan.columns, plan.related, collection, end)
  return { stages: [...selected, ...behind, ...sortStages(plan.order, collection), ...page, ...stages], shape }
}

const nothing: Document = { $match: { _id: { $in: [] } } }

function behindOf(c: Compilation, after: Filter, collection: Collection): unknown {
  return expressionOf(c, after, collection, 'total')
}

function lastValues(plan: SelectPlan, document: Document | undefined): readonly Scalar[] | undefined {
  const values: Scalar[] = []
  for (const [i, { path }] of plan.order.entries()) {
    const value = scalarOf(document?.[`k${i}`], path.type)
    if (value === undefined) return undefined
    values.push(value)
  }
  return values
}

function open(
  runner: Runner,
  collection: Collection,
  stages: Document[],
  { session, maxTimeMS }: Session,
): AggregationCursor<Document> {
  return runner.database.collection(collection.table.source.name).aggregate(stages, {
    ...reading,
    session,
    allowDiskUse: true,
    ...(maxTimeMS === undefined ? {} : { maxTimeMS }),
  })
}

async function countRows(runner: Runner, plan: SelectPlan, collection: Collection, session: Session): Promise<number> {
  const c = new Compilation(runner.collections)
  const stages = [...matchStages(c, [plan.filter, plan.policy], collection), { $count: 'n' }]
  const [found] = await open(runner, collection, stages, session).toArray()
  return Number(found?.n ?? 0)
}

/** From the collection's metadata; a view has none and is counted. */
async function allRows(runner: Runner, { table }: Collection, { session, maxTimeMS }: Session): Promise<number> {
  return runner.database
    .collection(table.source.name)
    .estimatedDocumentCount({ session, ...(maxTimeMS === undefined ? {} : { maxTimeMS }) })
}

/** The server's planner expects no number of rows, so an estimate is there for a whole collection only. */
async function dryRun(runner: Runner, plan: SelectPlan, collection: Collection, session: Session): Promise<Result> {
  if (plan.filter || plan.policy || collection.table.kind === 'view') return { kind: 'dry_run' }
  return { kind: 'dry_run', estimate: { rows: await allRows(runner, collection, session) } }
}

const chunkSize = 65_536

function streamed(runner: Runner, plan: SelectPlan, collection: Collection, options: SessionOptions): Result {
  const { stages, shape } = selectStages(runner, plan, collection)
  let rows = 0
  async function* chunks(): AsyncGenerator<Uint8Array> {
    if (options.signal.aborted) throw stopped('cancelled')
    const session = runner.client.startSession()
    // A client that goes away stops the reading below too, but not what the server is at.
    const cancel = () => killSession(runner.client, session)
    options.signal.addEventListener('abort', cancel, { once: true })
    const limit = options.timeoutMs > 0 ? { session, maxTimeMS: options.timeoutMs } : { session }
    const cursor = open(runner, collection, stages, limit)
    const writer = writerOf(runner, plan, shape)
    let text = writer.begin
    try {
      for await (const document of cursor) {
        text += (rows++ > 0 ? writer.separator : '') + writer.record(document)
        if (text.length < chunkSize) continue
        yield Buffer.from(text)
        text = ''
      }
      yield Buffer.from(text + writer.end)
    } catch (thrown) {
      throw options.signal.aborted ? stopped('cancelled', thrown) : toMongoFailure(thrown)
    } finally {
      options.signal.removeEventListener('abort', cancel)
      await cursor.close().catch(() => undefined)
      await session.endSession().catch(() => undefined)
    }
  }
  return { kind: 'stream', mediaType: mediaTypes[plan.format], chunks: chunks(), rows: () => rows }
}
