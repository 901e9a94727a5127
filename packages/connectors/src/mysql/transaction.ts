import { type Savepoints, savepointsIn } from '../sql/savepoints.js'
import type { Session } from './session.js'
import type { Watch } from './watch.js'

const words = {
  set: (name: string) => `SAVEPOINT ${name}`,
  forget: (name: string) => `RELEASE SAVEPOINT ${name}`,
  undo: (name: string) => `ROLLBACK TO SAVEPOINT ${name}`,
}

/**
 * Runs `body` between START TRANSACTION and COMMIT. When it throws, or its time is over before the COMMIT, all is
 * rolled back; a session that cannot roll back is closed, which rolls back too.
 */
export async function inTransaction<S extends object, T>(
  session: Session,
  watch: Watch,
  statements: S,
  body: (transaction: S & Pick<Savepoints, 'savepoint'>) => Promise<T>,
): Promise<T> {
  const savepoints = savepointsIn({ session, watch, control: (text) => session.control(text) }, words)
  await session.control('START TRANSACTION')
  try {
    const result = await body({ ...statements, savepoint: savepoints.savepoint })
    savepoints.check()
    watch.check()
    await session.control('COMMIT')
    return result
  } catch (thrown) {
    await watch.settle()
    if (session.alive) await session.control('ROLLBACK').catch(() => session.destroy())
    throw thrown
  }
}
