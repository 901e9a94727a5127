import { type Failure, toFailure } from '@gatehouse/core'
import type { SqlTransaction } from './driver.js'

/** A transaction in which savepoints are made. */
interface Held {
  readonly session: { readonly alive: boolean }
  readonly watch: { check(): void; reason(): Failure | undefined }
  /** Runs a text of the connector's own, its errors told as failures. */
  readonly control: (text: string) => Promise<void>
}

/** How a database says it; `forget`: what a savepoint needs at its end. */
interface Words {
  set(name: string): string
  forget?(name: string): string
  undo(name: string): string
}

export interface Savepoints {
  readonly savepoint: SqlTransaction['savepoint']
  /** Throws when the server has rolled back everything by itself. */
  check(): void
}

export function savepointsIn({ session, watch, control }: Held, words: Words): Savepoints {
  let depth = 0
  /** The server has rolled back everything by itself (a deadlock): nothing of the transaction is left to go on with. */
  let lost: unknown
  const check = () => {
    if (lost !== undefined) throw lost
  }
  return {
    check,
    async savepoint(body) {
      check()
      watch.check()
      const name = `gatehouse_${++depth}`
      await control(words.set(name))
      try {
        const result = await body()
        if (words.forget) await control(words.forget(name))
        return result
      } catch (thrown) {
        if (watch.reason() || !session.alive) throw thrown
        try {
          // Fails when the transaction is gone, and with it the savepoint.
          await control(words.undo(name))
        } catch {
          lost = toFailure(thrown)
        }
        throw thrown
      } finally {
        depth--
      }
    },
  }
}
