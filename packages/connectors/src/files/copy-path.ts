import { type EntryResult, Failure, type FileCopyPlan, type FileEntry, isFolder, noSuchPath } from '@gatehouse/core'
import type { Clock } from './clock.js'
import type { FileDriver } from './driver.js'
import { fileAt, withType } from './read-file.js'
import { scopeOf } from './scope-of.js'
import { isThere, walk } from './walk.js'
import { requirePath } from './write-file.js'

/** Copies or moves a file or a folder within the storage. */
export function copyPath(driver: FileDriver, plan: FileCopyPlan, clock: Clock): Promise<EntryResult> {
  return isFolder(plan.path) ? copyFolder(driver, plan, clock) : copyFile(driver, plan, clock)
}

async function copyFile(driver: FileDriver, plan: FileCopyPlan, clock: Clock): Promise<EntryResult> {
  const { path, source, deleteSource } = plan
  const entry = await fileAt(driver, source, clock)
  const created = await requireTarget(driver, plan, path, clock)
  if (deleteSource && driver.move) await driver.move(source, path, clock.signal)
  else {
    await transfer(driver, entry, path, clock)
    if (deleteSource) await driver.deleteFile(source, { signal: clock.signal })
  }
  return { kind: 'entry', entry: await fileAt(driver, path, clock), created, files: 1 }
}

/** By the storage itself where it can, else through here. */
async function transfer(driver: FileDriver, entry: FileEntry, to: string, clock: Clock): Promise<void> {
  clock.step()
  if (driver.copy) {
    await driver.copy(entry.path, to, clock.signal, clock.step)
    return
  }
  const { chunks } = await driver.read(entry.path, { signal: clock.signal })
  await driver.write(to, stepping(chunks, clock), {
    contentType: withType(entry).contentType ?? '',
    signal: clock.signal,
    ...(entry.size !== undefined && { size: entry.size }),
    ...(entry.metadata && { metadata: entry.metadata }),
  })
}

async function* stepping(chunks: AsyncIterable<Uint8Array>, clock: Clock): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    clock.step()
    yield chunk
  }
}

/** True where the file would be new. Throws what the caller is told who may not put a file there. */
async function requireTarget(driver: FileDriver, plan: FileCopyPlan, path: string, clock: Clock): Promise<boolean> {
  const scope = scopeOf(plan)
  const [mayCreate, mayReplace] = [scope.may(path, 'create'), scope.may(path, 'update')]
  clock.step()
  const there = await driver.stat(path, clock.signal)
  if (there && plan.checkExist) throw new Failure('conflict', 'There is a file at the path already')
  if (there ? mayReplace : mayCreate) return !there
  throw new Failure('forbidden', `Your roles do not allow you to ${there ? 'replace' : 'create'} a file there`)
}

async function copyFolder(driver: FileDriver, plan: FileCopyPlan, clock: Clock): Promise<EntryResult> {
  const { path, source, deleteSource } = plan
  const scope = scopeOf(plan)
  if (!(await isThere(driver, source, clock))) throw noSuchPath(source)
  const there = await isThere(driver, path, clock)
  clock.step()
  if (there && plan.checkExist) throw new Failure('conflict', 'There is a folder at the path already')
  const anywhere = scope.mayAll(path, 'create') && scope.mayAll(path, 'update')
  if (deleteSource && driver.move && !there && anywhere) {
    await driver.move(source, path, clock.signal)
    return { kind: 'entry', entry: await folderAt(driver, path, clock), created: true }
  }
  const target = (entry: FileEntry) => requirePath(path + entry.path.slice(source.length))
  if (!anywhere || plan.checkExist) {
    // All or nothing, as far as it can be told beforehand.
    for await (const entry of walk(driver, source, scope, clock)) {
      if (entry.type === 'file') await requireTarget(driver, plan, target(entry), clock)
      else if (!scope.may(target(entry), 'create')) throw new Failure('forbidden', 'You may not make a folder there')
    }
  }
  if (driver.abilities.folders || !there) await driver.createFolder(path, clock.signal)
  let files = 0
  for await (const entry of walk(driver, source, scope, clock)) {
    if (entry.type === 'folder') await driver.createFolder(target(entry), clock.signal)
    else {
      await transfer(driver, entry, target(entry), clock)
      files++
    }
  }
  if (deleteSource) await driver.deleteFolder(source, clock.signal)
  return { kind: 'entry', entry: await folderAt(driver, path, clock), created: !there, files }
}

async function folderAt(driver: FileDriver, path: string, clock: Clock): Promise<FileEntry> {
  clock.step()
  return (await driver.stat(path, clock.signal)) ?? { path, type: 'folder' }
}
