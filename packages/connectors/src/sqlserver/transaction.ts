import { type Savepoints, savepointsIn } from '../sql/savepoints.js'
import type { Session } from './session.js'
import type { Watch } from './watch.js'

/** Runs a text of the connector's own, its errors told as failures. */
type Control = (text: string) => Promise<void>

const words = {
  set: (name: string) => `SAVE TRANSACTION ${name}`,
  undo: (name: string) => `ROLLBACK TRANSACTION ${name}`,
}

/**
 * Runs `body` between BEGIN TRANSACTION and COMMIT. When it throws, or its time is over before the COMMIT, all is rolled
 * back; a session that cannot roll back is closed, which rolls back too.
 */
export async function inTransaction<S extends object, T>(
  session: Session,
  watch: Watch,
  control: Control,
  statements: S,
  body: (transaction: S & Pick<Savepoints, 'savepoint'>) => Promise<T>,
): Promise<T> {
  const savepoints = savepointsIn({ session, watch, control }, words)
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
