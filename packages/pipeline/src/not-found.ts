import { Failure, type Operation, suggest } from '@gatehouse/core'
import type { View } from './view.js'

/** The same words for what does not exist and for what the caller may not see; only visible names are hinted at. */
export function noTable(view: View, name: string): Failure {
  return missing('table', name, view, view.catalog.tables.keys())
}

/** For what an operation is to be used on: a table, a procedure, a function. */
export function noSubject(view: View, operation: Operation, name: string): Failure {
  const what = (operation.subject?.parameter ?? '').replace(/_name$/, '')
  if (what === 'table') return noTable(view, name)
  return missing(what, name, view, view.operations.get(operation.name)?.subject?.values ?? [])
}

export function missing(what: string, name: string, view: View, visible: Iterable<string>): Failure {
  const label = `${what[0]?.toUpperCase() ?? ''}${what.slice(1)}s`
  return new Failure('not_found', `There is no ${what} \`${name.slice(0, 100)}\` in \`${view.service.name}\``, {
    hint: suggest(name, label, visible),
  })
}
