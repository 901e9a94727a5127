import { toFailure } from '@gatehouse/core'
import type { SqlTransaction } from '../sql/driver.js'
import type { Session } from './session.js'
import type { Watch } from './watch.js'

interface Savepoints {
  savepoint: SqlTransaction['savepoint']
}

/** Runs a text of the connector's own, its errors told as failures. */
type Control = (text: string) => Promise<void>

/**
 * Runs `body` between BEGIN TRANSACTION and COMMIT. When it throws, or its time is over before the COMMIT, all is rolled
 * back; a session that cannot roll back is closed, which rolls back too.
 */
export async function inTransaction<S extends object, T>(
  session: Session,
  watch: Watch,
  control: Control,
  statements: S,
  body: (transaction: S & Savepoints) => Promise<T>,
): Promise<T> {
  const savepoints = savepointsOn(session, watch, control)
  await control('BEGIN TRANSACTION')
  try {
    const result = await body({ ...statements, savepoint: savepoints.savepoint })
    savepoints.check()
    watch.check()
    await control('COMMIT TRANSACTION')
    return result
  } catch (thrown) {
    // The server may have rolled back by itself: a deadlock, a conversion that failed.
    if (session.alive) await control('IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION').catch(() => session.close())
    throw thrown
  }
}

function savepointsOn(session: Session, watch: Watch, control: Control): Savepoints & { check(): void } {
  let depth = 0
  /** The server has rolled back everything by itself: nothing of the transaction is left to go on with. */
  let lost: unknown
  return {
    check() {
      if (lost !== undefined) throw lost
    },
    async savepoint(body) {
      if (lost !== undefined) throw lost
      watch.check()
      const name = `gatehouse_${++depth}`
      await control(`SAVE TRANSACTION ${name}`)
      try {
        return await body()
      } catch (thrown) {
        if (watch.reason() || !session.alive) throw thrown
        try {
          // Fails when the transaction is gone, and with it the savepoint.
          await control(`ROLLBACK TRANSACTION ${name}`)
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
