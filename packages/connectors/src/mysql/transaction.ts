import { toFailure } from '@gatehouse/core'
import type { SqlTransaction } from '../sql/driver.js'
import type { Session } from './session.js'
import type { Watch } from './watch.js'

interface Savepoints {
  savepoint: SqlTransaction['savepoint']
}

/**
 * Runs `body` between START TRANSACTION and COMMIT. When it throws, or its time is over before the COMMIT, all is
 * rolled back; a session that cannot roll back is closed, which rolls back too.
 */
export async function inTransaction<S extends object, T>(
  session: Session,
  watch: Watch,
  statements: S,
  body: (transaction: S & Savepoints) => Promise<T>,
): Promise<T> {
  const savepoints = savepointsOn(session, watch)
  await session.control('START TRANSACTION')
  try {
    const result = await body({ ...statements, savepoint: savepoints.savepoint })
    savepoints.check()
    watch.check()
    await session.control('COMMIT')
    return result
  } catch (thrown) {
    await watch.settle()
    if (session.alive) await session.control('ROLLBACK').catch(() => session.close())
    throw thrown
  }
}

function savepointsOn(session: Session, watch: Watch): Savepoints & { check(): void } {
  let depth = 0
  /** The server has rolled back everything by itself (a deadlock): nothing of the transaction is left to go on with. */
  let lost: unknown
  return {
    check() {
      if (lost !== undefined) throw lost
    },
    async savepoint(body) {
      if (lost !== undefined) throw lost
      watch.check()
      const name = `gatehouse_${++depth}`
      await session.control(`SAVEPOINT ${name}`)
      try {
        const result = await body()
        await session.control(`RELEASE SAVEPOINT ${name}`)
        return result
      } catch (thrown) {
        if (watch.reason() || !session.alive) throw thrown
        try {
          await session.control(`ROLLBACK TO SAVEPOINT ${name}`)
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
