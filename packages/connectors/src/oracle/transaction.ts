import { Failure } from '@gatehouse/core'
import type { SqlTransaction } from '../sql/driver.js'
import type { RunStatement } from './driver.js'

/** Savepoints need no end: one of the same name takes the place of the one before. */
export function savepointsOn(run: RunStatement): SqlTransaction['savepoint'] {
  let depth = 0
  return async (body) => {
    const name = `gatehouse_${++depth}`
    try {
      await run({ text: `SAVEPOINT ${name}` }, [])
      try {
        return await body()
      } catch (thrown) {
        if (!(thrown instanceof Failure) || !ended.has(thrown.code)) {
          await run({ text: `ROLLBACK TO SAVEPOINT ${name}` }, [])
        }
        throw thrown
      }
    } finally {
      depth--
    }
  }
}

/** The whole transaction comes to its end by these. */
const ended = new Set<string>(['timeout', 'cancelled', 'unavailable'])
