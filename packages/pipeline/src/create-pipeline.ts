import { type Call, type Pipeline, type Principal, type Surface, toFailure } from '@gatehouse/core'
import { CallRecord } from './call-record.js'
import { execute, type Steps } from './execute.js'
import { findView } from './find.js'
import { createOffered } from './offered.js'
import type { PipelinePorts } from './pipeline-ports.js'
import { createRecordKeeper } from './record-keeper.js'
import { createViews } from './view.js'

/** The one path of both surfaces from a call to a connector. */
export function createPipeline(ports: PipelinePorts): Required<Pipeline> {
  const { authenticator, authority, limiter, trail, services, specOf, operationsOf } = ports
  const viewOf = createViews(authority, operationsOf, services)
  const offered = createOffered(operationsOf)
  const keep = createRecordKeeper(ports)
  const steps: Steps = {
    authenticator,
    authority,
    limiter,
    trail,
    services,
    specOf,
    viewOf,
    offered,
    keep,
    inner: (call) => execute(steps, call),
  }
  const view = (principal: Principal, service: string, surface: Surface) => findView(steps, principal, service, surface)
  return {
    authenticate: (credentials) => authenticator.authenticate(credentials),
    services: (principal, surface) => services.all().filter(({ name }) => authority.reaches(principal, name, surface)),
    operations: (principal, service, surface) => view(principal, service, surface).list,
    catalog: (principal, service, surface) => view(principal, service, surface).catalog,
    offered(service, surface) {
      const found = services.find(service)
      return found ? offered(found, surface).list : []
    },
    execute: (call) => execute(steps, call),
    async refuse(call, failure) {
      const record = await begin(steps, call)
      await keep(record, toFailure(failure))
    },
    async answered(call, rows) {
      const record = await begin(steps, call)
      record.allowed = true
      record.rows = rows
      await keep(record)
    },
  }
}

/** The record of a call that did not go through the steps: as much as can be told about it. */
async function begin(steps: Steps, call: Omit<Call, 'signal'>): Promise<CallRecord> {
  const record = new CallRecord(call)
  try {
    record.principal = await steps.authenticator.authenticate(call.credentials)
  } catch {
    // The event says `anonymous`.
  }
  const service = steps.services.find(call.service)
  record.operation = service && steps.offered(service, call.surface).operations.get(call.operation)
  return record
}
