import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CallContext,
  type EntryResult,
  Failure,
  type FolderExtractPlan,
  isFilePath,
  isFolder,
} from '@gatehouse/core'
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl'
import type { Clock } from './clock.js'
import type { FileDriver } from './driver.js'
import { mediaTypeOf } from './media-types.js'
import { scopeOf } from './scope-of.js'
import { limited } from './write-file.js'

/** What one archive may hold. Bytes together: so many times the largest file. */
const mostEntries = 10_000
const mostFileSizes = 10
/** Times that it may grow, once it is large enough for that to matter. */
const mostGrowth = 100
const growsFreely = 10 * 1024 * 1024

/**
 * Unpacks a zip into a folder. It is kept in a temporary file until its list of contents has been checked as a whole:
 * names, sizes, and what the caller may write. Only then is the first file written.
 */
export async function extractZip(
  driver: FileDriver,
  plan: FolderExtractPlan,
  context: CallContext,
  maxFileSize: number,
  clock: Clock,
): Promise<EntryResult> {
  const { content } = context
  if (!content) throw new Failure('invalid', 'There is no zip', { hint: 'Send it as the body' })
  if ((content.size ?? 0) > maxFileSize) throw new Failure('too_large', `The zip is larger than ${maxFileSize} bytes`)
  const name = join(tmpdir(), `gatehouse-${randomBytes(12).toString('hex')}.zip`)
  const file = await open(name, 'wx+', 0o600)
  try {
    for await (const chunk of limited(content.chunks, maxFileSize, clock)) await file.writeFile(chunk)
    return await unpack(driver, plan, file, maxFileSize, clock)
  } finally {
    await file.close()
    await rm(name, { force: true })
  }
}

async function unpack(
  driver: FileDriver,
  plan: FolderExtractPlan,
  file: FileHandle,
  maxFileSize: number,
  clock: Clock,
): Promise<EntryResult> {
  const zip = await fromFdPromise(file.fd, { autoClose: false, strictFileNames: true }).catch(noZip)
  const entries = await checkedEntries(zip, plan, maxFileSize)
  const replaces = await requireTargets(driver, plan, entries, clock)
  if (driver.abilities.folders && plan.path !== '') await driver.createFolder(plan.path, clock.signal)
  let files = 0
  for (const entry of entries) {
    const path = plan.path + entry.fileName
    clock.step()
    if (isFolder(path)) await driver.createFolder(path, clock.signal)
    else {
      const chunks = await zip.openReadStreamPromise(entry).catch(noZip)
      await driver
        .write(path, limited(asZipBytes(chunks), maxFileSize, clock), {
          contentType: mediaTypeOf(path),
          size: entry.uncompressedSize,
          signal: clock.signal,
          ...(!replaces.has(path) && !scopeOf(plan).may(path, 'update') && { ifNoneMatch: true }),
        })
        .finally(() => chunks.destroy())
      files++
    }
  }
  clock.step()
  const entry = (await driver.stat(plan.path, clock.signal)) ?? { path: plan.path, type: 'folder' as const }
  return { kind: 'entry', entry, files }
}

/** The entries, after all of them were looked at. Throws `invalid` and `too_large`; nothing has been written then. */
async function checkedEntries(
  zip: ZipFile,
  { path }: FolderExtractPlan,
  maxFileSize: number,
): Promise<readonly Entry[]> {
  if (zip.entryCount > mostEntries) throw tooMuch(`more than ${mostEntries} files`)
  const entries: Entry[] = []
  const names = new Set<string>()
  let unpacked = 0
  let packed = 0
  const each = zip.eachEntry()[Symbol.asyncIterator]()
  for (;;) {
    const next = await each.next().catch(noZip)
    if (next.done) break
    const entry = next.value
    requireGood(entry, path, names)
    unpacked += entry.uncompressedSize
    packed += entry.compressedSize
    if (entry.uncompressedSize > maxFileSize) throw tooMuch(`a file of more than ${maxFileSize} bytes`)
    if (unpacked > maxFileSize * mostFileSizes) throw tooMuch(`more than ${maxFileSize * mostFileSizes} bytes`)
    if (unpacked > growsFreely && unpacked > zip.fileSize * mostGrowth) {
      throw tooMuch(`content that is more than ${mostGrowth} times as large as the archive`)
    }
    // Entries that share their bytes would make much of little.
    if (packed > zip.fileSize) throw tooMuch('entries that overlap')
    entries.push(entry)
    if (entries.length > mostEntries) throw tooMuch(`more than ${mostEntries} files`)
  }
  return entries
}

const fileTypeBits = 0o170000
const [regular, directory] = [0o100000, 0o040000]

function requireGood(entry: Entry, folder: string, names: Set<string>): void {
  const { fileName } = entry
  if (fileName === '' || !isFilePath(folder + fileName)) throw bad('a path in it is not allowed')
  const key = fileName.replace(/\/$/, '').toLowerCase()
  if (names.has(key)) throw bad('two of its paths are the same')
  names.add(key)
  // Unix modes are in the upper half: what is neither a file nor a folder is a link or a device.
  const type = (entry.externalFileAttributes >>> 16) & fileTypeBits
  if (type !== 0 && type !== regular && type !== directory) throw bad('it has a link or a device')
  if (entry.isEncrypted()) throw bad('it is encrypted')
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) throw bad('it is packed in an unusual way')
}

/** Throws what the caller is told who may not write one of the paths. Answers the files that are there already. */
async function requireTargets(
  driver: FileDriver,
  plan: FolderExtractPlan,
  entries: readonly Entry[],
  clock: Clock,
): Promise<ReadonlySet<string>> {
  const scope = scopeOf(plan)
  const anywhere = scope.mayAll(plan.path, 'create') && scope.mayAll(plan.path, 'update')
  const there = new Set<string>()
  if (anywhere && !plan.checkExist) return there
  for (const { fileName } of entries) {
    const path = plan.path + fileName
    if (isFolder(path)) {
      if (!scope.may(path, 'create')) throw new Failure('forbidden', 'You may not make all of its folders')
      continue
    }
    clock.step()
    const exists = (await driver.stat(path, clock.signal)) !== undefined
    if (exists && plan.checkExist) throw new Failure('conflict', 'A file of the archive exists already')
    if (!scope.may(path, exists ? 'update' : 'create')) {
      throw new Failure('forbidden', `Your roles do not allow you to ${exists ? 'replace' : 'create'} all of its files`)
    }
    if (exists) there.add(path)
  }
  return there
}

/** What is wrong in the packed bytes is the sender's, not ours. */
async function* asZipBytes(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const each = chunks[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await each.next().catch(noZip)
      if (next.done) return
      yield next.value
    }
  } finally {
    await each.return?.()
  }
}

function noZip(cause: unknown): never {
  throw bad('it is damaged, or a path in it is not allowed', cause)
}

function bad(what: string, cause?: unknown): Failure {
  return new Failure('invalid', `The zip is refused: ${what}`, cause === undefined ? {} : { cause })
}

function tooMuch(what: string): Failure {
  return new Failure('too_large', `The zip is refused: it has ${what}`)
}
