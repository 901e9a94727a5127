import {
  type Answer,
  type AuditTrail,
  type Authenticator,
  type Call,
  type Failure,
  inScope,
  insufficientScope,
  type Limiter,
  type LimitState,
  type PageLimits,
  type Service,
  toFailure,
} from '@gatehouse/core'
import { finished } from './answer.js'
import { authorize } from './authorize.js'
import { CallRecord } from './call-record.js'
import { type Finder, findOperation, findView } from './find.js'
import { refuseUnwritable } from './record-keeper.js'
import { restrict } from './restrict.js'
import { type Runner, run } from './run.js'
import { validate } from './validate.js'

/** What the steps of a call need. */
export interface Steps extends Finder, Runner {
  readonly authenticator: Authenticator
  readonly limiter: Limiter
  readonly trail: AuditTrail
}

/**
 * The only path from a call to a connector. The order of its steps is a security property: nothing is told to who is
 * not known, nothing is counted against who may not, nothing is planned from input that was not checked, and nothing
 * runs that was not restricted. Whatever happens is written down. Throws only Failure.
 */
export async function execute(steps: Steps, call: Call): Promise<Answer> {
  const record = new CallRecord(call)
  let failure: Failure | undefined
  let limit: LimitState | undefined
  let streams = false
  try {
    // Promises are waited for only where there are any: each wait costs a turn of the event loop.
    const known = steps.authenticator.authenticate(call.credentials)
    const principal = known instanceof Promise ? await known : known
    record.principal = principal
    const authenticated = performance.now()

    const view = findView(steps, principal, call.service, call.surface)
    const operation = findOperation(steps, view, record)
    authorize(view, operation, record)
    if (!inScope(principal, call.service, operation.effect)) throw insufficientScope(call.service, operation.effect)
    if (operation.effect !== 'read') refuseUnwritable(steps.trail)

    const { resource, input } = record
    const used = steps.limiter.consume({ principal, service: call.service, operation: operation.name, resource })
    limit = used instanceof Promise ? await used : used

    validate(operation, input)
    const plan = restrict(operation.plan(input, pageLimits(call, view.service)), {
      view,
      principal,
      notes: record.notes,
    })
    record.plan = plan
    record.allowed = true
    const planned = performance.now()

    const answer = await run(steps, plan, view, call, record)
    streams = answer.kind === 'stream' || (answer.kind === 'file' && answer.chunks !== undefined)
    return finished(answer, limit, {
      auth: authenticated - record.started,
      plan: planned - authenticated,
      db: performance.now() - planned,
    })
  } catch (thrown) {
    failure = toFailure(thrown)
    if (limit) failure.limit = limit
    throw failure
  } finally {
    // A stream is written down when it ends.
    if (!streams) {
      const written = steps.keep(record, failure)
      if (written) await written
    }
  }
}

/** The surface's page sizes, within what the service allows. */
function pageLimits(call: Call, service: Service): PageLimits {
  const { limits } = call
  if (!limits) return { fallback: service.maxRecords, most: service.maxRecords }
  return limits.most <= service.maxRecords ? limits : { ...limits, most: service.maxRecords }
}
