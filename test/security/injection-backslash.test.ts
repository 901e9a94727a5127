import { afterAll } from 'vitest'
import type { Backend } from '../backends/backend.js'
import { mariadbWith } from '../backends/mariadb.js'
import { startMariadb, type TestServer } from '../servers/index.mjs'
import { injection } from './injection.js'

/** Backslashes mean nothing in texts here, where they escape in MariaDB's default mode. */
let server: TestServer | undefined
const variable = 'GATEHOUSE_TEST_MARIADB_BACKSLASH'
const noEscapes: Backend = {
  ...mariadbWith('MariaDB with NO_BACKSLASH_ESCAPES', variable),
  async open() {
    if (process.env.GATEHOUSE_TEST_MARIADB_ANSI_SKIPPED)
      return { skipped: process.env.GATEHOUSE_TEST_MARIADB_ANSI_SKIPPED }
    server = await startMariadb({ sqlMode: 'NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES' })
    if ('skipped' in server) return server
    process.env[variable] = server.url
    return mariadbWith('', variable).open()
  },
}
afterAll(async () => {
  if (server && 'stop' in server) await server.stop()
})

injection(noEscapes, 'values')
