import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import type { AuditSink } from '@gatehouse/core'
import { type AppendReply, type AppendRequest, printLines, type WorkerData } from './worker-protocol.js'

interface Pending {
  resolve(): void
  reject(failed: Error): void
}

/** Found by its name in the package: it is compiled code, also where this file is not. */
const workerFile = createRequire(import.meta.url).resolve('@gatehouse/store/sqlite-worker')

/** Appends in a thread of its own. A thread that ended is started again by the next append. */
export function sqliteAppend(data: WorkerData): { append: AuditSink['append']; close(): Promise<void> } {
  const pending = new Map<number, Pending>()
  let worker: Worker | undefined
  let lastId = 0

  const ended = (cause: unknown) => {
    worker = undefined
    for (const { reject } of pending.values())
      reject(new Error('The thread that writes the audit has ended', { cause }))
    pending.clear()
  }
  const start = (): Worker => {
    const started = new Worker(workerFile, { workerData: data, execArgv: [] })
    started.on('message', ({ id, failed }: AppendReply) => {
      const waiting = pending.get(id)
      pending.delete(id)
      if (pending.size === 0) started.unref()
      if (failed === undefined) waiting?.resolve()
      else waiting?.reject(new Error(failed))
    })
    started.on('error', ended)
    started.on('exit', ended)
    started.unref()
    return started
  }

  return {
    append(events) {
      worker ??= start()
      const target = worker
      return new Promise((resolve, reject) => {
        const request: AppendRequest = { id: ++lastId, lines: printLines(events) }
        pending.set(request.id, { resolve, reject })
        target.ref()
        target.postMessage(request)
      })
    },
    async close() {
      await worker?.terminate()
      worker = undefined
    },
  }
}
