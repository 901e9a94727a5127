import type { RunOptions } from '../sql/driver.js'
import type { PgConnection } from './connection.js'
import type { CancelReason } from './errors.js'
import { resetSession } from './session-settings.js'

export interface PgRunOptions extends RunOptions {
  /** The call may leave settings behind: whatever code of the database it runs is not ours. */
  readonly soils?: boolean
  /** Runs as the connection's own user, whatever identity the service passes through: introspection. */
  readonly asService?: boolean
  /** What a statement waits for a lock; absent: as long as the database lets it, within `timeoutMs`. */
  readonly lockTimeoutMs?: number
}

/** A connection while it serves one call. */
export interface Lease {
  readonly connection: PgConnection
  readonly signal: AbortSignal
  /** When the call has had its time (performance.now). */
  deadline: number
  /** Set once the server was asked to cancel. */
  cancelled: CancelReason | undefined
  cancelling: Promise<void> | undefined
  /** When the connection is given up on, after a cancel without an answer. */
  killAt: number
  readonly soiled: boolean
}

/** How long a cancelled statement may take to end before its connection is closed. */
export const cancelMs = 5000
/** A session that does not even take its settings within this is lost: something on the way forgot it while it was idle. */
const configureMs = 1000

/** Whether a session is in the mode that the call wants. */
export function isConfigured(connection: PgConnection, options: PgRunOptions): boolean {
  return (
    connection.readOnly === options.readOnly &&
    connection.timeoutMs === options.timeoutMs &&
    connection.lockTimeoutMs === options.lockTimeoutMs
  )
}

/**
 * The mode of a session that several calls share: nobody's client, since several may wait; and no identity, since a
 * service that passes one through shares nothing.
 */
export function ownMode(mode: Pick<PgRunOptions, 'readOnly' | 'timeoutMs' | 'lockTimeoutMs'>): PgRunOptions {
  const identity = { id: 'gatehouse', name: 'gatehouse', roles: [], attributes: {} }
  return { ...mode, identity, signal: new AbortController().signal }
}

/** What is left of a call's time after it tried something else since `began` (performance.now). */
export function withTimeLeft(options: PgRunOptions, began: number): PgRunOptions {
  return { ...options, timeoutMs: Math.max(1, options.timeoutMs - (performance.now() - began)) }
}

/** What the session does, or Lost: a session that takes longer is closed. */
export async function within(connection: PgConnection, ms: number, work: () => Promise<void>): Promise<void> {
  let ended = false
  // Behind what has come in meanwhile: it may be this process that stood still.
  const giveUp = setTimeout(() => setImmediate(() => !ended && connection.destroy()), ms)
  try {
    await work()
  } finally {
    ended = true
    clearTimeout(giveUp)
  }
}

/** Brings a session into the mode that the call wants. */
export async function configure(connection: PgConnection, options: PgRunOptions): Promise<void> {
  const { readOnly, timeoutMs, lockTimeoutMs } = options
  const settings = [
    `SET default_transaction_read_only = ${readOnly ? 'on' : 'off'}`,
    `SET statement_timeout = ${Math.ceil(timeoutMs)}`,
  ]
  if (connection.lockTimeoutMs !== lockTimeoutMs) settings.push(`SET lock_timeout = ${lockTimeoutMs ?? 'DEFAULT'}`)
  await within(connection, configureMs, () => connection.command(settings.join(';')))
  connection.readOnly = readOnly
  connection.timeoutMs = timeoutMs
  connection.lockTimeoutMs = lockTimeoutMs
}

/** Leaves the session as a call may find it, or ends it. */
export async function clean(lease: Lease): Promise<void> {
  const { connection } = lease
  // A late cancel must not meet the next call's statement.
  await lease.cancelling
  try {
    await within(connection, cancelMs, async () => {
      if (connection.alive && connection.status !== 'I') await connection.command('ROLLBACK')
      if (!connection.alive || !lease.soiled) return
      await connection.command(resetSession)
      connection.readOnly = undefined
      connection.timeoutMs = undefined
      connection.lockTimeoutMs = undefined
    })
  } catch {
    connection.destroy()
  }
  if (connection.status !== 'I') connection.destroy()
}
