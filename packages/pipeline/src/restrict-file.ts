import { Failure, type FileCopyPlan, type FilePlan, type FileScope, isFolder, type Verb } from '@gatehouse/core'
import { refusal } from './authorize-path.js'
import type { FileSight } from './file-scope.js'
import { largestOf } from './grant-union.js'
import { type Restriction, timed } from './restriction.js'

/**
 * Gives a plan the scope of its caller, by which listings are narrowed and each path of a copy or an archive is
 * checked, and refuses at once what can be told from the paths. Throws `forbidden`, `not_found`, `invalid`.
 */
export function restrictFile(plan: FilePlan, restriction: Restriction): FilePlan {
  const { sight } = restriction.view
  if (!sight) throw new Failure('internal', 'A plan for a storage in a service that is none')
  check(plan, sight)
  const grants = sight.grants(plan.path)
  const timeoutMs = largestOf(grants.map((grant) => grant.timeoutMs))
  // What is not a member of the scope's interface is not for connectors.
  const scope: FileScope = { may: sight.may, sees: sight.sees, mayAll: sight.mayAll }
  const restricted = {
    ...plan,
    scope,
    ...(timeoutMs !== undefined && { timeoutMs: timed(plan, timeoutMs, restriction) }),
  }
  if (restricted.kind !== 'file_list') return restricted
  const most = largestOf(grants.map((grant) => grant.maxRows))
  if (most === undefined || restricted.limit <= most) return restricted
  return { ...restricted, limit: most, cut: { asked: restricted.cut?.asked ?? restricted.limit, allowed: most } }
}

function check(plan: FilePlan, sight: FileSight): void {
  const { path } = plan
  switch (plan.kind) {
    case 'file_list':
    case 'file_read':
    case 'file_stat':
    case 'folder_zip':
      if (!sight.sees(path)) throw refusal(sight, path, 'read')
      return
    case 'file_write':
      needOne(sight, path, ['create', 'update'])
      return
    case 'folder_create':
      need(sight, path, 'create')
      return
    case 'folder_extract':
      // What it writes is known when the archive is: then each path is checked before the first is written.
      needOne(sight, path, ['create', 'update'])
      return
    case 'file_properties':
      need(sight, path, 'update')
      return
    case 'file_presign':
      // Whoever has the URL reads past Gatehouse, so that reading alone is not enough.
      need(sight, path, 'read')
      need(sight, path, 'execute')
      return
    case 'file_delete':
      need(sight, path, 'delete')
      if (isFolder(path)) needAll(sight, path, 'delete')
      return
    case 'file_copy':
      checkCopy(plan, sight)
      return
    default:
      plan satisfies never
  }
}

function checkCopy({ path, source, deleteSource }: FileCopyPlan, sight: FileSight): void {
  if (isFolder(source) !== isFolder(path)) {
    throw new Failure('invalid', 'A file is copied to a file and a folder to a folder', {
      hint: 'The path of a folder ends in /, in both places',
    })
  }
  if (path === source || (isFolder(source) && (path.startsWith(source) || source.startsWith(path)))) {
    throw new Failure('invalid', 'It cannot be copied onto or into itself')
  }
  if (!sight.sees(source)) throw refusal(sight, source, 'read')
  needOne(sight, path, ['create', 'update'])
  if (!deleteSource) return
  need(sight, source, 'delete')
  if (!isFolder(source)) return
  // What the caller does not see would be left behind, or taken along.
  needAll(sight, source, 'read')
  needAll(sight, source, 'delete')
}

function need(sight: FileSight, path: string, verb: Verb): void {
  if (!sight.may(path, verb)) throw refusal(sight, path, verb)
}

function needOne(sight: FileSight, path: string, verbs: readonly [Verb, ...Verb[]]): void {
  if (!verbs.some((verb) => sight.may(path, verb))) throw refusal(sight, path, verbs[0])
}

function needAll(sight: FileSight, folder: string, verb: Verb): void {
  if (sight.mayAll(folder, verb)) return
  throw new Failure('forbidden', `Your roles do not allow you to ${verb} everything that can be in this folder`, {
    hint: 'Name the files or folders in it that you may use',
  })
}
