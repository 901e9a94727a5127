import { readdir, readFile } from 'node:fs/promises'
import type { JsonObject } from '@gatehouse/core'
import type { Backend, OpenBackend } from '../backends/backend.js'
import { mariadb } from '../backends/mariadb.js'
import { postgres } from '../backends/postgres.js'
import { sqlite } from '../backends/sqlite.js'
import { type RunningGateway, startGateway } from '../harness/running-gateway.js'
import { serve } from '../harness/serve.js'

/** A database that can tell what runs in it. */
export interface Watched {
  readonly backend: Backend
  /** How many statements of others run in the database now. */
  running(database: OpenBackend): Promise<number>
  /** How many transactions of others are open. */
  open(database: OpenBackend): Promise<number>
}

const count = async (database: OpenBackend, statement: string): Promise<number> =>
  Number((await database.read(statement))[0]?.n)

const others = 'datname = current_database() AND pid <> pg_backend_pid()'
const openInMariadb = `SELECT COUNT(*) AS n FROM information_schema.innodb_trx t
  JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
  WHERE p.db = DATABASE() AND p.id <> CONNECTION_ID()`

export const watched: readonly Watched[] = [
  { backend: sqlite, running: busyWorkers, open: async () => 0 },
  {
    backend: postgres,
    running: (database) =>
      count(database, `SELECT count(*) AS n FROM pg_stat_activity WHERE ${others} AND state = 'active'`),
    open: (database) =>
      count(
        database,
        `SELECT count(*) AS n FROM pg_stat_activity WHERE ${others} AND state LIKE 'idle in transaction%'`,
      ),
  },
  {
    backend: mariadb,
    running: (database) =>
      count(
        database,
        `SELECT COUNT(*) AS n FROM information_schema.processlist
          WHERE db = DATABASE() AND id <> CONNECTION_ID() AND command <> 'Sleep'`,
      ),
    open: (database) => count(database, openInMariadb),
  },
]

/** Processes that have the file open for the gateway and use a processor now. */
async function busyWorkers(database: OpenBackend): Promise<number> {
  const path = JSON.stringify(database.service.connection)
  let busy = 0
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (!command.includes(path)) continue
    const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    if (status.slice(status.lastIndexOf(')') + 2).startsWith('R')) busy++
  }
  return busy
}

export interface Services {
  readonly gateway: RunningGateway
  readonly database: OpenBackend
}

/**
 * One database behind a gateway as several services, for the tests of the block it is called in: each entry is what a
 * service has beyond the connection. Where the database is not to be had, each test is skipped with the reason.
 */
export function openServices(
  backend: Backend,
  statements: readonly string[],
  services: Readonly<Record<string, JsonObject>>,
  content: JsonObject = {},
): Services {
  const serving = serve(backend, async (database) => {
    await database.run(statements)
    const { service } = database
    const entries = Object.entries(services).map(([name, own]) => [name, { ...service, refresh: '0', ...own }])
    return startGateway({ ...content, services: Object.fromEntries(entries) })
  })
  return {
    get gateway() {
      return serving.gateway
    },
    get database() {
      return serving.place
    },
  }
}
