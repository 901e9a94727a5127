import {
  type Authority,
  type Call,
  Failure,
  type Operation,
  type Principal,
  type Services,
  serviceDown,
  suggest,
} from '@gatehouse/core'
import { withoutAliases } from './aliases.js'
import { forbidden } from './authorize.js'
import { refusal } from './authorize-path.js'
import type { CallRecord } from './call-record.js'
import { noSubject } from './not-found.js'
import type { Offered } from './offered.js'
import { withStoredName } from './stored-name.js'
import type { View, ViewOf } from './view.js'

export interface Finder {
  readonly authority: Authority
  readonly services: Services
  readonly viewOf: ViewOf
  readonly offered: Offered
}

/** What the caller sees of a service. Throws `not_found` for one that does not exist or that no grant names. */
export function findView(finder: Finder, principal: Principal, service: string, surface: Call['surface']): View {
  const { authority, services, viewOf } = finder
  const found = services.find(service)
  const view = found && viewOf(principal, found, surface)
  if (view) return view
  const reached = services.all().filter(({ name }) => authority.reaches(principal, name, surface))
  throw new Failure('not_found', `There is no service \`${service.slice(0, 100)}\``, {
    hint: suggest(
      service,
      'Services',
      reached.map(({ name }) => name),
    ),
  })
}

/**
 * The operation that a call names, put down in its record with the call's input by the names of its schema. Throws
 * `unavailable` for a service that is down, `not_found` for an operation that is not there or whose subject the caller
 * may not see, `forbidden` for one that it may not use on what it sees.
 */
export function findOperation(finder: Finder, view: View, record: CallRecord): Operation {
  const { call } = record
  if (view.service.state === 'down') throw serviceDown(view.service.name)
  const own = view.operations.get(call.operation)
  const operation = own ?? finder.offered(view.service, call.surface).operations.get(call.operation)
  if (!operation) {
    throw new Failure('not_found', `\`${view.service.name}\` has no operation \`${call.operation.slice(0, 100)}\``, {
      hint: suggest(call.operation, 'Operations', view.operations.keys()),
    })
  }
  record.operation = operation
  record.input = withStoredName(view, operation, withoutAliases(operation, call.input))
  if (own) return own
  throw notOffered(view, operation, record)
}

/** Nothing that the caller sees can be used with the operation. */
function notOffered(view: View, operation: Operation, record: CallRecord): Failure {
  record.resource = operation.resource(record.input)
  if (view.sight) return refusal(view.sight, record.resource, operation.effect)
  const name = operation.subject && record.input[operation.subject.parameter]
  if (typeof name === 'string' && !view.catalog.tables.has(name)) return noSubject(view, operation, name)
  return forbidden(view, operation, record.resource)
}
