import { PassThrough, Readable } from 'node:stream'
import { type FolderZipPlan, noSuchPath, type StreamResult } from '@gatehouse/core'
import { ZipFile } from 'yazl'
import { type Clock, clocked } from './clock.js'
import type { FileDriver } from './driver.js'
import { scopeOf } from './scope-of.js'
import { isThere, walk } from './walk.js'

/** A folder as a zip, made while it is sent: one file is open at a time, and nothing is kept but names. */
export async function zipFolder(driver: FileDriver, plan: FolderZipPlan, clock: Clock): Promise<StreamResult> {
  if (!(await isThere(driver, plan.path, clock))) throw noSuchPath(plan.path)
  let files = 0
  const chunks = zipped(driver, plan, clock, () => files++)
  return { kind: 'stream', mediaType: 'application/zip', chunks: clocked(chunks, clock), rows: () => files }
}

async function* zipped(
  driver: FileDriver,
  plan: FolderZipPlan,
  clock: Clock,
  counted: () => void,
): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile()
  const output = new PassThrough()
  zip.outputStream.pipe(output)
  let open: Readable | undefined
  const fill = async (): Promise<void> => {
    for await (const entry of walk(driver, plan.path, scopeOf(plan), clock)) {
      const name = entry.path.slice(plan.path.length)
      const mtime = entry.modified ?? new Date(0)
      if (entry.type === 'folder') zip.addEmptyDirectory(name, { mtime })
      else {
        const { chunks } = await driver.read(entry.path, { signal: clock.signal })
        const input = Readable.from(chunks)
        open = input
        zip.addReadStream(input, name, { mtime, compress: true })
        await ended(input)
        open = undefined
        counted()
      }
    }
    zip.end()
  }
  // A zip that could not be finished must not look as if it were: the output ends in the error.
  fill().catch((thrown: unknown) => output.destroy(thrown instanceof Error ? thrown : new Error('The zip broke off')))
  try {
    yield* output as AsyncIterable<Uint8Array>
  } finally {
    open?.destroy()
    output.destroy()
  }
}

function ended(input: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    input.once('end', resolve)
    input.once('error', reject)
    // Destroyed before its end, since nobody reads any longer.
    input.once('close', () => reject(new Error('The reader is gone')))
  })
}
