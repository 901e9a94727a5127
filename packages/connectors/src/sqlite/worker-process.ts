import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { frame, frameReader, type Reply, type Request, type WorkerSettings } from './worker-protocol.js'

export interface Answer {
  readonly reply: Reply
  readonly text: Buffer
}

/** A request without what the process adds. */
export type Ask = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never

/** One worker, seen from the parent. It answers one request at a time. */
export interface WorkerProcess {
  /** Statements whose text it has. */
  readonly known: Set<number>
  readonly alive: boolean
  /** Rejects when the process ends before it has answered. */
  ask(request: Ask): Promise<Answer>
  /** Resolves as soon as nothing is asked of it any more. Never rejects. */
  settled(): Promise<void>
  /** Ends it at once, whatever it does; an open transaction is undone. */
  kill(): void
}

/** The process has ended: killed by us, or by the system. */
export class WorkerEnded extends Error {
  override readonly name = 'WorkerEnded'
}

const workerFile = fileURLToPath(new URL('./worker.js', import.meta.url))

/** What a worker needs of the environment; the rest may hold secrets that are none of its business. */
const inherited = ['PATH', 'TMPDIR', 'TEMP', 'TMP', 'SQLITE_TMPDIR', 'SystemRoot', 'LD_LIBRARY_PATH'] as const

/** Starts a process. It does not keep this one alive while it is idle. */
export function startWorker(settings: WorkerSettings): WorkerProcess {
  const environment: Record<string, string> = {}
  for (const name of inherited) {
    const value = process.env[name]
    if (value !== undefined) environment[name] = value
  }
  const child = spawn(process.execPath, [workerFile, JSON.stringify(settings)], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    env: environment,
    windowsHide: true,
  })
  const pipe = child.stdio[3] as Socket
  let pending: { resolve(answer: Answer): void; reject(error: Error): void } | undefined
  let waiting: (() => void)[] = []
  let alive = true
  let asked = 0

  const settle = () => {
    pending = undefined
    child.unref()
    pipe.unref()
    const told = waiting
    waiting = []
    for (const tell of told) tell()
  }
  const ended = (why: unknown) => {
    alive = false
    const asking = pending
    settle()
    asking?.reject(new WorkerEnded('The worker process has ended', { cause: why }))
  }
  child.once('error', ended)
  child.once('exit', (code, signal) => ended({ code, signal }))
  pipe.on('error', ended)
  pipe.on(
    'data',
    frameReader((header, text) => {
      const asking = pending
      settle()
      asking?.resolve({ reply: JSON.parse(header) as Reply, text })
    }),
  )
  settle()

  return {
    known: new Set(),
    get alive() {
      return alive
    },
    ask(request) {
      return new Promise((resolve, reject) => {
        if (!alive) return reject(new WorkerEnded('The worker process has ended'))
        if (pending) return reject(new Error('A worker is asked one thing at a time'))
        pending = { resolve, reject }
        child.ref()
        pipe.ref()
        pipe.write(frame(JSON.stringify({ ...request, id: ++asked })))
      })
    },
    settled() {
      return pending ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve()
    },
    kill() {
      alive = false
      child.kill('SIGKILL')
      pipe.destroy()
    },
  }
}
