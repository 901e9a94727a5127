import { type FileHandle, mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { AuditSink, StoredEvent } from '@gatehouse/core'
import { parseLine, printLine } from './json-lines.js'

export interface FileSinkOptions {
  /** True: every batch is on the disk before `append` resolves (strict mode). */
  readonly durable: boolean
}

/**
 * A file of JSON lines, one an event, for its owner alone. Several processes may append to it at once: a batch is one
 * write. The directory is made when it is not there. A file that was moved away (log rotation) is made anew.
 */
export function createFileSink(path: string, { durable }: FileSinkOptions): AuditSink {
  let file: FileHandle | undefined
  let torn = false

  const current = async (): Promise<FileHandle> => {
    const there = await stat(path).catch(() => undefined)
    if (file && there && there.ino === (await file.stat()).ino) return file
    await file?.close()
    file = undefined
    await mkdir(dirname(path), { recursive: true })
    file = await open(path, 'a+', 0o600)
    torn = await endsTorn(file)
    return file
  }

  return {
    name: 'file',
    async append(events) {
      const handle = await current()
      // A line of its own for what comes, when a write did not get to its end: here, or in a process that crashed.
      const lines = Buffer.from(`${torn ? '\n' : ''}${events.map(printLine).join('')}`)
      torn = true
      for (let written = 0; written < lines.length; ) written += (await handle.write(lines, written)).bytesWritten
      torn = false
      if (durable) await handle.datasync()
    },
    async close() {
      await file?.close()
      file = undefined
    },
  }
}

async function endsTorn(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat()
  if (size === 0) return false
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer.toString() !== '\n'
}

/** The events of a file, in order. Lines that are not whole are left out: the chain tells whether an event is missing. */
export async function* readEventFile(path: string): AsyncGenerator<StoredEvent> {
  const file = await open(path)
  for await (const line of file.readLines()) {
    const event = parseLine(line)
    if (event) yield event
  }
}
