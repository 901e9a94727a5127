import { Failure } from '@gatehouse/core'
import type { ClientSession, MongoClient } from 'mongodb'
import { isTransient, isUnknownCommit, type StopReason, stopped, toMongoFailure } from './errors.js'

export interface SessionOptions {
  readonly signal: AbortSignal
  /** 0: no limit. */
  readonly timeoutMs: number
}

/** What each command of a call is sent with. */
export interface Session {
  readonly session: ClientSession
  /** Enforced by the server. */
  readonly maxTimeMS?: number
}

/** The server ends what takes too long by itself; only where it does not, it is told to. */
const graceMs = 500
const ignore = () => undefined

/**
 * Runs a call in a session of its own. When the client goes away, or the deadline is past, the session is killed on the
 * server with all that runs in it. Throws only Failure.
 */
export async function inSession<T>(
  client: MongoClient,
  { signal, timeoutMs }: SessionOptions,
  body: (session: Session) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw stopped('cancelled')
  const session = client.startSession()
  let reason: StopReason | undefined
  let giveUp: (failure: Failure) => void = ignore
  const stopping = new Promise<never>((_, reject) => {
    giveUp = reject
  })
  const stop = (why: StopReason) => {
    if (reason) return
    reason = why
    giveUp(stopped(why))
    killSession(client, session)
  }
  const cancel = () => stop('cancelled')
  signal.addEventListener('abort', cancel, { once: true })
  const timer = timeoutMs > 0 ? setTimeout(() => stop('timeout'), timeoutMs + graceMs) : undefined
  const running = body(timeoutMs > 0 ? { session, maxTimeMS: timeoutMs } : { session })
  // The session is in use until the server has answered, even where nobody waits for that any more.
  running.then(ignore, ignore).then(() => session.endSession().catch(ignore))
  try {
    return await Promise.race([running, stopping])
  } catch (thrown) {
    throw reason ? stopped(reason, thrown) : toMongoFailure(thrown)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', cancel)
  }
}

/** Ends what runs in a session on the server. A user may kill sessions of its own without further rights. */
export function killSession(client: MongoClient, session: ClientSession): void {
  const { id } = session
  if (id)
    client
      .db('admin')
      .command({ killSessions: [id] })
      .catch(ignore)
}

const mostAttempts = 5

/** Commits when `body` returns, aborts when it throws; begins anew where another change came in between. */
export async function inTransaction<T>({ session }: Session, body: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    session.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } })
    try {
      const result = await body()
      await commit(session)
      return result
    } catch (thrown) {
      if (session.inTransaction()) await session.abortTransaction().catch(ignore)
      const cause = thrown instanceof Failure ? thrown.cause : thrown
      if (attempt >= mostAttempts || !isTransient(cause)) throw thrown
    }
  }
}

async function commit(session: ClientSession): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await session.commitTransaction()
      return
    } catch (thrown) {
      if (attempt >= mostAttempts || !isUnknownCommit(thrown)) throw thrown
    }
  }
}
