import cluster, { type Worker } from 'node:cluster'
import type { Logger } from './log.js'

/** True in a process that serves on behalf of another one that only watches. */
export function isWorker(): boolean {
  return cluster.isWorker
}

/**
 * Runs this very command in `count` processes that share the port, and replaces one that ends unasked (after a second,
 * so that a broken start does not spin). `serving` is told the port once, when all of them serve. Resolves with the exit
 * code when all have ended after `stopped`.
 */
export async function runWorkers(
  count: number,
  stopped: Promise<NodeJS.Signals>,
  log: Logger,
  serving: (port: number) => void,
): Promise<number> {
  let stopping = false
  const running = new Set<Worker>()
  let resolveEnded = () => {}
  const ended = new Promise<void>((resolve) => {
    resolveEnded = resolve
  })
  const fork = () => {
    const worker = cluster.fork()
    running.add(worker)
    worker.once('exit', (code, signal) => {
      running.delete(worker)
      if (stopping) {
        if (running.size === 0) resolveEnded()
        return
      }
      log.error({ code, signal }, 'a worker ended; starting another one')
      setTimeout(() => stopping || fork(), 1000)
    })
  }
  const ready = new Set<number>()
  cluster.on('message', (worker, message: unknown) => {
    const port = portOf(message)
    if (port === undefined || ready.has(worker.id)) return
    ready.add(worker.id)
    if (ready.size === count) serving(port)
  })
  for (let i = 0; i < count; i++) fork()
  const signal = await stopped
  stopping = true
  for (const worker of running) worker.kill(signal)
  if (running.size > 0) await ended
  return 0
}

/** Tells the process that started this one that it serves on the port. */
export function tellServing(port: number): void {
  process.send?.({ servingOn: port })
}

function portOf(message: unknown): number | undefined {
  if (typeof message !== 'object' || message === null || !('servingOn' in message)) return undefined
  return typeof message.servingOn === 'number' ? message.servingOn : undefined
}
