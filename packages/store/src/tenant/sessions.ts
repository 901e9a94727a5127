import type { StoredSession } from '@gatehouse/core'
import type { Scope } from './scope.js'
import { type UserRow, userColumns, userOf } from './users.js'

interface SessionRow {
  readonly session_id: number | string
  readonly session_hash: string
  readonly user_id: number | string
  readonly session_provider: string
  readonly session_created: string
  readonly expires: string
  readonly address: string | null
  readonly client: string | null
  readonly sign_out_hint: string | null
}

export function sessionsOf(scope: Scope) {
  return {
    async openSession(session: Omit<StoredSession, 'id'>): Promise<StoredSession> {
      const { hash, userId, provider, created, expires, address, client, signOutHint } = session
      await scope.insert('sessions', {
        hash,
        user_id: userId,
        provider,
        created,
        expires,
        address: address ?? null,
        client: client?.slice(0, 190) ?? null,
        sign_out_hint: signOutHint ?? null,
      })
      const row: { id: number | string } | undefined = await scope.rows('sessions').where({ hash }).first('id')
      return { ...session, id: String(row?.id) }
    },
    async session(hash: string) {
      const row: (SessionRow & UserRow) | undefined = await scope
        .rows('sessions')
        .join('users', 'users.id', 'sessions.user_id')
        .where('sessions.hash', hash)
        .where('users.tenant', scope.tenant)
        .first([
          ...userColumns,
          'sessions.id as session_id',
          'sessions.hash as session_hash',
          'sessions.user_id',
          'sessions.provider as session_provider',
          'sessions.created as session_created',
          'sessions.expires',
          'sessions.address',
          'sessions.client',
          'sessions.sign_out_hint',
        ])
      return row && { session: sessionOf(row), user: userOf(row) }
    },
    async closeSession(hash: string) {
      return (await scope.rows('sessions').where({ hash }).delete()) > 0
    },
    async closeSessions(userId: string, but?: string) {
      const sessions = scope.rows('sessions').where('user_id', userId)
      await (but === undefined ? sessions : sessions.whereNot('hash', but)).delete()
      await scope.rows('users').where('id', userId).increment('epoch', 1)
      // What the user allowed programs was opened with the same password.
      await scope.rows('oauth_grants').where('user_id', userId).update({ revoked: true })
    },
    async useResetCode(userId: string, hash: string, now: string) {
      const codes = scope.rows('reset_codes').where({ user_id: userId, hash }).where('expires', '>', now)
      if ((await codes.delete()) === 0) return false
      await scope.rows('reset_codes').where('user_id', userId).delete()
      return true
    },
    async sweep(now: number) {
      const at = new Date(now).toISOString()
      await scope.rows('sessions').where('expires', '<', at).delete()
      await scope.rows('reset_codes').where('expires', '<', at).delete()
      await scope
        .rows('sign_in_attempts')
        .where('until', '<', now - attemptsAreKeptMs)
        .delete()
    },
  }
}

/** Failures that are a day old no longer count. */
const attemptsAreKeptMs = 24 * 60 * 60 * 1000

function sessionOf(row: SessionRow): StoredSession {
  return {
    id: String(row.session_id),
    hash: row.session_hash,
    userId: String(row.user_id),
    provider: row.session_provider,
    created: row.session_created,
    expires: row.expires,
    ...(row.address !== null && { address: row.address }),
    ...(row.client !== null && { client: row.client }),
    ...(row.sign_out_hint !== null && { signOutHint: row.sign_out_hint }),
  }
}
