import { Failure, type JsonObject, type Operation } from '@gatehouse/core'
import { authorizePath } from './authorize-path.js'
import type { CallRecord } from './call-record.js'
import { routineResource } from './narrow.js'
import { noSubject } from './not-found.js'
import { isOverview } from './overview.js'
import { validate } from './validate.js'
import type { View } from './view.js'

/**
 * May the caller use the operation on the resource that its input names? A subject that it does not see is `not_found`,
 * before anything else is said, so that it looks the same as one that does not exist. What it sees and may not use is
 * `forbidden`.
 */
export function authorize(view: View, operation: Operation, record: CallRecord): void {
  if (view.sight) {
    authorizePath(view.sight, operation, record)
    return
  }
  const { input } = record
  const subject = subjectOf(operation, input)
  record.resource = operation.resource(input)
  const usable = subject === undefined || subjects(operation).has(subject)
  const routine = !usable && callsRoutine(view, subject, record.resource)
  if (!usable && !routine && !view.catalog.tables.has(subject)) throw noSubject(view, operation, subject)
  if (isOverview(record.resource)) return
  if (!view.grants(record.resource).some((grant) => grant.verbs.has(operation.effect))) {
    throw forbidden(view, operation, record.resource)
  }
  if (routine) {
    throw new Failure('method_not_allowed', `\`${subject}\` may write, so GET does not call it`, {
      hint: 'Use POST',
      context: { allow: ['POST', 'OPTIONS'] },
    })
  }
  if (!usable) {
    throw new Failure('method_not_allowed', `\`${subject}\` does not allow ${operation.name}`, {
      hint: 'Its database or the columns that you may write do not let it happen',
    })
  }
}

/** The caller sees the routine, and the operation does not take it: a GET, where the database lets the routine write. */
function callsRoutine(view: View, name: string, resource: string): boolean {
  return view.catalog.routines.get(name)?.some((routine) => routineResource(routine) === resource) ?? false
}

export function forbidden(view: View, operation: Operation, resource: string): Failure {
  const granted = new Set(view.grants(resource).flatMap((grant) => [...grant.verbs]))
  const hint = granted.size > 0 ? { hint: `Here you may: ${[...granted].sort().join(', ')}` } : {}
  return new Failure('forbidden', `Your roles do not allow you to ${operation.effect} here`, hint)
}

/** The name that the input gives for the operation's subject. Throws `invalid` where it is missing or no name. */
function subjectOf(operation: Operation, input: JsonObject): string | undefined {
  if (!operation.subject) return undefined
  const name = input[operation.subject.parameter]
  if (typeof name === 'string') return name
  validate(operation, input)
  return undefined
}

const sets = new WeakMap<Operation, ReadonlySet<string>>()

function subjects(operation: Operation): ReadonlySet<string> {
  const known = sets.get(operation)
  if (known) return known
  const names = new Set(operation.subject?.values)
  sets.set(operation, names)
  return names
}
