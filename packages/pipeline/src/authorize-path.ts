import { Failure, isFolder, noSuchPath, type Operation, type Verb } from '@gatehouse/core'
import type { CallRecord } from './call-record.js'
import type { FileSight } from './file-scope.js'

/** The one resource of a storage that is no path: its document, for whoever reaches it. No file can have this name. */
export const specResource = '_spec'

/**
 * May the caller use the operation on the path that its input names? Decided by the path alone, so that the answer
 * tells nothing of what exists. A path of which it may see nothing is `not_found`; one where it may do something else
 * is `forbidden`, and so is creating where it may not. Throws `invalid` for what is no path.
 */
export function authorizePath(sight: FileSight, operation: Operation, record: CallRecord): void {
  const path = operation.resource(record.input)
  record.resource = path
  if (path === specResource) return
  const verbs = operation.suffices ?? [operation.effect]
  if (operation.effect === 'read' ? sight.sees(path) : verbs.some((verb) => sight.may(path, verb))) return
  throw refusal(sight, path, operation.effect)
}

/** What a caller is told who may not use the verb on the path. */
export function refusal(sight: FileSight, path: string, verb: Verb): Failure {
  const granted = new Set(sight.grants(path).flatMap((grant) => [...grant.verbs]))
  if (granted.size === 0 && !sight.sees(path) && verb !== 'create') return noSuchPath(path)
  const what = isFolder(path) ? 'this folder' : 'this file'
  const hint = granted.size > 0 ? { hint: `Here you may: ${[...granted].sort().join(', ')}` } : {}
  return new Failure('forbidden', `Your roles do not allow you to ${verb} ${what}`, hint)
}
