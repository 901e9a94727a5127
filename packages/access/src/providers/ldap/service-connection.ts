import { type LdapConnection, openConnection } from './connection.js'
import type { LdapSettings } from './settings.js'

/** Connections to the first server that answers, beginning with the one that did last and was not lost since. */
export function createOpener({ targets, way }: LdapSettings): () => Promise<LdapConnection> {
  let last = 0
  return async () => {
    let failure: unknown
    for (const [at] of targets.entries()) {
      const index = (last + at) % targets.length
      const target = targets[index]
      if (!target) continue
      try {
        const connection = await openConnection(target, way, () => {
          if (last === index) last = index + 1
        })
        last = index
        return connection
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }
}

/** The one connection of who searches, for all questions. */
export interface ServiceConnection {
  /** A question that a connection was lost with is asked once more: on a new one, or of another server. */
  use<T>(question: (connection: LdapConnection) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export function createServiceConnection(
  open: () => Promise<LdapConnection>,
  { account, targets }: LdapSettings,
): ServiceConnection {
  let current: Promise<LdapConnection> | undefined

  /** Of the first server that lets the account in, where others say nothing. */
  async function opened(): Promise<LdapConnection> {
    for (let tries = 1; ; tries++) {
      const connection = await open()
      try {
        if (!account || (await connection.bind(account.dn, account.password))) return connection
        throw new Error('The directory does not accept bind_dn with bind_password')
      } catch (error) {
        const answered = connection.alive()
        connection.close()
        if (answered || tries >= targets.length) throw error
      }
    }
  }

  /** Callers at the same time wait for the same one. */
  async function get(): Promise<{ readonly connection: LdapConnection; readonly fresh: boolean }> {
    const before = current
    const known = await before?.catch(() => undefined)
    if (known?.alive()) return { connection: known, fresh: false }
    if (current === before) current = opened()
    const made = current as Promise<LdapConnection>
    try {
      return { connection: await made, fresh: true }
    } catch (error) {
      if (current === made) current = undefined
      throw error
    }
  }

  return {
    async use(question) {
      const { connection, fresh } = await get()
      try {
        return await question(connection)
      } catch (error) {
        if (connection.alive() || (fresh && targets.length === 1)) throw error
        return question((await get()).connection)
      }
    },
    async close() {
      const connection = await current?.catch(() => undefined)
      current = undefined
      connection?.close()
    },
  }
}
