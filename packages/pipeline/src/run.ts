import {
  type Call,
  type CallContext,
  Failure,
  type FilePlan,
  type JsonValue,
  type Permitted,
  type PermittedPlan,
  type Plan,
  type Principal,
  type Result,
  type Services,
  type SpecOf,
} from '@gatehouse/core'
import { answerOf, type BareAnswer, rowsOf } from './answer.js'
import type { CallRecord } from './call-record.js'
import { catalogAnswer } from './catalog-answers.js'
import { describeTable } from './describe-table.js'
import { dryRunValue } from './dry-run.js'
import { fileAnswer, filesIn } from './file-answer.js'
import { withoutHiddenNames } from './hidden-names.js'
import { type InnerCall, joinAcross } from './join-across.js'
import type { KeepRecord } from './record-keeper.js'
import { recordedStream } from './recorded-stream.js'
import { withRefused } from './refused-records.js'
import type { View } from './view.js'

export interface Runner {
  readonly services: Services
  readonly specOf: SpecOf
  readonly keep: KeepRecord
  /** A call that this one needs of another service. */
  readonly inner: InnerCall
}

/** Runs a permitted plan where it belongs: in the catalog, in the process, or in the source. */
export async function run(
  runner: Runner,
  plan: Permitted<Plan>,
  view: View,
  call: Call,
  record: CallRecord,
): Promise<BareAnswer> {
  const { principal } = record
  if (!principal) throw new Failure('internal', 'A plan without a caller')
  if (call.signal.aborted) throw new Failure('cancelled', 'The client went away')
  switch (plan.kind) {
    case 'catalog':
      if (plan.dryRun) return { kind: 'dry_run', value: dryRunValue(call.operation, record.resource, plan) }
      return { kind: 'json', value: catalogAnswer(plan, view, runner.specOf) }
    case 'control':
      if (plan.dryRun) return { kind: 'dry_run', value: dryRunValue(call.operation, record.resource, plan) }
      return { kind: 'json', value: await refresh(runner.services, plan.service) }
    case 'select':
    case 'aggregate':
    case 'insert':
    case 'update':
    case 'delete':
    case 'call': {
      if (plan.kind === 'select' && plan.across) {
        record.across = plan.across.plans.map(({ service, table }) => `${service}/_table/${table}`)
      }
      // What is joined is read first.
      const escaped = call.escaped === true && record.across.length === 0
      const context = { signal: call.signal, requestId: call.requestId, identity: principal, escaped }
      const own = withoutEstimate(await fromSource(plan, view, context), record)
      record.rows = rowsOf(own)
      const result = record.across.length > 0 ? await joinAcross(own, plan, view, call, runner.inner) : own
      const chunks = result.kind === 'stream' ? recordedStream(result, record, runner.keep, call.signal) : undefined
      const names = { operation: call.operation, resource: record.resource }
      return answerOf(result, plan, names, chunks, schemaOf(plan, view))
    }
    default:
      return runOnStorage(runner, plan, view, call, record, principal)
  }
}

async function runOnStorage(
  runner: Runner,
  plan: Permitted<FilePlan>,
  view: View,
  call: Call,
  record: CallRecord,
  identity: Principal,
): Promise<BareAnswer> {
  if (plan.dryRun) return { kind: 'dry_run', value: dryRunValue(call.operation, record.resource, plan) }
  const { signal, requestId, content, headOnly = false } = call
  const { connector } = view.service
  if (!connector.executeFiles) throw new Failure('internal', 'A storage without files')
  const result = await connector.executeFiles(plan, {
    signal,
    requestId,
    identity,
    headOnly,
    ...(content && { content }),
  })
  record.rows = filesIn(result)
  const sent = 'chunks' in result && result.chunks
  if (!sent) return fileAnswer(result, plan, undefined)
  const stream = { chunks: sent, rows: () => (result.kind === 'stream' ? result.rows() : 1) }
  return fileAnswer(result, plan, recordedStream(stream, record, runner.keep, signal))
}

async function fromSource(plan: PermittedPlan, view: View, context: CallContext): Promise<Result> {
  let result: Result
  try {
    result = await view.service.connector.execute(plan, context)
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown
    throw withoutHiddenNames(withRefused(plan, thrown) ?? thrown, plan, view)
  }
  const failure = withRefused(plan, result)
  if (failure) throw failure
  return result
}

/** The planner's estimates come from statistics of all rows, so they are not for who sees some of them. */
function withoutEstimate(result: Result, record: CallRecord): Result {
  if (result.kind !== 'dry_run' || !result.estimate || !record.notes.policies) return result
  const { estimate: _estimate, ...rest } = result
  return rest
}

function schemaOf(plan: Plan, view: View): JsonValue | undefined {
  if (plan.kind !== 'select' || !plan.includeSchema) return undefined
  const table = view.catalog.tables.get(plan.table)
  return table && describeTable(table)
}

async function refresh(services: Services, name: string): Promise<JsonValue> {
  if (!services.find(name)) throw new Failure('not_found', `There is no service \`${name.slice(0, 100)}\``)
  const { changed, tables, routines } = await services.refresh(name)
  return { changed, tables, routines }
}
