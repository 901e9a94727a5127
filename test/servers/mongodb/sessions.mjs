import { Long } from 'bson'
import { Fault } from './store.mjs'

/** @typedef {import('./commands.mjs').Running} Running */

/** What outlives one command: cursors, transactions, and what runs in which session. */
export class Sessions {
  /** @type {Map<string, { ns: string, rest: unknown[] }>} */ cursors = new Map()
  /** By session. @type {Map<string, { number: string, transaction: import('./store.mjs').Transaction }>} */ transactions =
    new Map()
  /** @type {Set<{ session: string, command: unknown, running: Running }>} */ running = new Set()
  #cursor = 1

  /** @returns {Long} the cursor's id */
  keep(/** @type {string} */ ns, /** @type {unknown[]} */ rest) {
    const id = Long.fromNumber(this.#cursor++)
    this.cursors.set(String(id), { ns, rest })
    return id
  }

  /** Ends what runs in a session. */
  kill(/** @type {string} */ session) {
    for (const one of this.running) {
      if (one.session === session) one.running.stop(new Fault(11601, 'operation was interrupted'))
    }
  }

  /** Runs a command so that it can be stopped: by hand, or by its maxTimeMS. @template T @returns {Promise<T>} */
  async run(
    /** @type {string} */ session,
    /** @type {any} */ command,
    /** @type {(running: Running) => T | Promise<T>} */ body,
  ) {
    /** @type {(fault: Fault) => void} */
    let stop = () => undefined
    const signal = /** @type {Promise<never>} */ (
      new Promise((_, reject) => {
        stop = reject
      })
    )
    signal.catch(() => undefined)
    const running = { stop, signal }
    const one = { session, command, running }
    const maxTimeMs = command.maxTimeMS
    const timer = maxTimeMs
      ? setTimeout(() => stop(new Fault(50, 'operation exceeded time limit')), maxTimeMs)
      : undefined
    this.running.add(one)
    try {
      return await body(running)
    } finally {
      clearTimeout(timer)
      this.running.delete(one)
    }
  }
}
