import { readSync, writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { answer } from './answer.js'
import { openDatabase } from './database.js'
import { frame, frameReader, type Reply, type Request, type WorkerSettings } from './worker-protocol.js'

/*
 * One connection to a SQLite file in a process of its own, since that is the only way to stop a statement that does not
 * end: SQLite runs inside one call, and neither that call nor a thread that is in it can be stopped from outside.
 * It answers one request after the other and waits by blocking reads, which is quicker than an event loop.
 */

/** The pipe to the parent. */
const pipe = 3

// A signal sent to the whole process group is for the parent: it finishes what runs, and this process ends with the pipe.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

const settings = JSON.parse(process.argv[2] ?? '{}') as WorkerSettings
const database = openDatabase(settings)
new Worker(new URL('./orphan-watch.js', import.meta.url), {
  workerData: settings.parent,
  resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
})

function reply(header: Reply, text: string): void {
  const bytes = frame(JSON.stringify(header), text)
  for (let sent = 0; sent < bytes.length; ) sent += patiently(() => writeSync(pipe, bytes, sent))
}

/** A pipe that some platform opens without blocking says EAGAIN. */
function patiently(io: () => number): number {
  for (;;) {
    try {
      return io()
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}

const receive = frameReader((header) => {
  const request = JSON.parse(header) as Request
  const { reply: answered, text } = answer(database, request)
  reply(answered, text)
})

const buffer = Buffer.allocUnsafe(256 * 1024)
for (;;) {
  const read = patiently(() => readSync(pipe, buffer, 0, buffer.length, null))
  if (read === 0) break
  receive(Buffer.from(buffer.subarray(0, read)))
}
database.close()
process.exit(0)
