import { type ChildProcess, fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Failure } from '@gatehouse/core'
import type { DocumentKind } from './document-kind.js'

/** Reads the text of documents that nobody vouches for. */
export interface DocumentReader {
  /**
   * All text of a document, cut at a length that no model reads anyway. Throws `unprocessable` for one that cannot be
   * read within the limits, whatever it does; `unavailable` when too many are being read; `cancelled`.
   */
  read(kind: DocumentKind, bytes: Uint8Array, signal: AbortSignal): Promise<string>
  close(): void
}

export interface Job {
  readonly kind: DocumentKind
  readonly bytes: Uint8Array
}
export type Outcome = { readonly text: string } | { readonly failed: true }

const processFile = fileURLToPath(new URL('./document-process.js', import.meta.url))
const mostAtOnce = 2
const mostWaiting = 20
const longestMs = 15_000
const heapMegabytes = 256
const mostMemory = 700 * 1024 * 1024
const lookEveryMs = 50

/**
 * Each document has a process of its own, that sees nothing of ours: no environment, no files, no other document. One
 * that takes too long or too much memory is killed with it.
 */
export function createDocumentReader(): DocumentReader {
  const running = new Set<ChildProcess>()
  const waiting: (() => void)[] = []
  let busy = 0

  const turn = async (): Promise<void> => {
    if (busy < mostAtOnce) {
      busy++
      return
    }
    if (waiting.length >= mostWaiting) {
      throw new Failure('unavailable', 'Too many documents are being read', { retryAfter: 5 })
    }
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const leave = () => {
    const next = waiting.shift()
    if (next) next()
    else busy--
  }

  return {
    async read(kind, bytes, signal) {
      await turn()
      try {
        if (signal.aborted) throw new Failure('cancelled', 'The client went away')
        return await inProcess({ kind, bytes }, signal, running)
      } finally {
        leave()
      }
    },
    close() {
      for (const child of running) child.kill('SIGKILL')
    },
  }
}

async function inProcess(job: Job, signal: AbortSignal, running: Set<ChildProcess>): Promise<string> {
  const child = fork(processFile, [], {
    env: {},
    execArgv: [`--max-old-space-size=${heapMegabytes}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  running.add(child)
  let stop: () => void = () => undefined
  try {
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      const end = (failure: Failure) => {
        child.kill('SIGKILL')
        reject(failure)
      }
      const late = setTimeout(() => end(unreadable('it takes too long')), longestMs)
      const look = setInterval(() => {
        memoryOf(child.pid).then(
          (memory) => memory > mostMemory && end(unreadable('it takes too much memory')),
          () => undefined,
        )
      }, lookEveryMs)
      const gone = () => end(new Failure('cancelled', 'The client went away'))
      signal.addEventListener('abort', gone, { once: true })
      stop = () => {
        clearTimeout(late)
        clearInterval(look)
        signal.removeEventListener('abort', gone)
      }
      child.once('message', (outcome) => resolve(outcome as Outcome))
      child.once('error', () => end(unreadable('its reader could not be started')))
      child.once('exit', () => reject(unreadable('it takes too much memory, or is damaged')))
      child.send(job, (error) => {
        if (error) end(unreadable('it could not be handed over'))
      })
    })
    if ('failed' in outcome) throw unreadable('it is damaged or protected')
    return outcome.text
  } finally {
    stop()
    child.kill('SIGKILL')
    running.delete(child)
  }
}

/** Bytes that a process occupies, where the system tells. */
async function memoryOf(pid: number | undefined): Promise<number> {
  const pages = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1]
  return Number(pages) * 4096
}

function unreadable(why: string): Failure {
  return new Failure('unprocessable', `The text of the document cannot be read: ${why}`)
}
