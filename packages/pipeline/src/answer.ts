import type { Answer, DataPlan, JsonValue, LimitState, Permitted, Result, Timing } from '@gatehouse/core'
import { dryRunValue } from './dry-run.js'
import { pageMeta, streamMeta } from './page-meta.js'

type Bare<A> = A extends unknown ? Omit<A, 'limit' | 'timing'> : never
/** An answer without what the call as a whole adds to it. */
export type BareAnswer = Bare<Answer>

/** What the source answered, for the surface to wrap. `chunks` stands in for those of a stream. */
export function answerOf(
  result: Result,
  plan: Permitted<DataPlan>,
  call: { readonly operation: string; readonly resource: string },
  chunks: AsyncIterable<Uint8Array> | undefined,
  schema: JsonValue | undefined,
): BareAnswer {
  switch (result.kind) {
    case 'page': {
      const paged = plan.kind === 'select' || plan.kind === 'aggregate'
      const meta = paged ? pageMeta(plan, result, schema) : {}
      const { format, text, rows, escaped = false } = result
      return { kind: 'records', format, text, escaped, rows, meta }
    }
    case 'record':
      return result.etag === undefined
        ? { kind: 'record', text: result.text }
        : { kind: 'record', text: result.text, etag: result.etag }
    case 'written':
      return { kind: 'written', text: result.text, rows: result.rows, single: 'single' in plan && plan.single }
    case 'text':
      return { kind: 'text', text: result.text }
    case 'stream':
      return {
        kind: 'stream',
        mediaType: result.mediaType,
        chunks: chunks ?? result.chunks,
        meta: streamMeta(result),
      }
    case 'dry_run':
      return { kind: 'dry_run', value: dryRunValue(call.operation, call.resource, plan, result), result }
    default:
      return result satisfies never
  }
}

/** Puts on what the call as a whole adds: the tightest limit, and where the time went. */
export function finished(answer: BareAnswer, limit: LimitState | undefined, timing: Timing): Answer {
  return Object.assign(answer, limit === undefined ? { timing } : { limit, timing })
}

/** Records in a result; a stream's are counted when it ends. */
export function rowsOf(result: Result): number | undefined {
  switch (result.kind) {
    case 'page':
    case 'text':
    case 'written':
      return result.rows
    case 'record':
      return 1
    case 'dry_run':
    case 'stream':
      return undefined
    default:
      return result satisfies never
  }
}
