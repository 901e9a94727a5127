import { randomBytes } from 'node:crypto'
import mysql from 'mysql2/promise'
import { withDatabase } from '../servers/index.mjs'
import type { Backend } from './backend.js'

const mariadbTypes: Backend['types'] = {
  identity: 'BIGINT AUTO_INCREMENT PRIMARY KEY',
  name: 'VARCHAR(100)',
  code: 'VARCHAR(20)',
  exact: 'DECIMAL(38,10)',
  boolean: 'BOOLEAN',
  integer: 'INT',
  bigint: 'BIGINT',
  decimal: 'DECIMAL(12,2)',
  float: 'DOUBLE',
  text: 'TEXT',
  uuid: 'UUID',
  date: 'DATE',
  time: 'TIME(6)',
  datetime: 'DATETIME(6)',
  datetimetz: 'TIMESTAMP(6)',
  binary: 'BLOB',
  json: 'JSON',
}

const routines = [
  'CREATE FUNCTION add_numbers(a INT, b INT) RETURNS INT DETERMINISTIC NO SQL RETURN a + b',
  `CREATE PROCEDURE customers_in(IN wanted VARCHAR(20)) READS SQL DATA
    SELECT id, name FROM customers WHERE country = wanted ORDER BY id`,
  `CREATE PROCEDURE rename_customer(IN wanted BIGINT, IN fresh VARCHAR(100), OUT changed INT) MODIFIES SQL DATA
    BEGIN UPDATE customers SET name = fresh WHERE id = wanted; SET changed = ROW_COUNT(); END`,
]

/** `variable` names the environment variable with the server's URL. */
export function mariadbWith(name: string, variable: string): Backend {
  return {
    name,
    quote: (identifier) => `\`${identifier.replaceAll('`', '``')}\``,
    types: mariadbTypes,
    routines,
    objects: `SELECT CONCAT('column ', table_name, '.', column_name) AS name FROM information_schema.columns
        WHERE table_schema = DATABASE()
      UNION ALL SELECT CONCAT('routine ', routine_name) FROM information_schema.routines
        WHERE routine_schema = DATABASE() ORDER BY 1`,
    slowView: 'CREATE VIEW slow AS SELECT SLEEP(10) AS n',
    async open() {
      const server = process.env[variable]
      if (!server) return { skipped: process.env[`${variable}_SKIPPED`] ?? 'there is no MariaDB server' }
      const database = `test_${randomBytes(6).toString('hex')}`
      const admin = await mysql.createConnection({ uri: server })
      await admin.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`)
      const url = withDatabase(server, database)
      const client = await mysql.createConnection({ uri: url })
      return {
        service: { type: 'mysql', connection: url },
        async run(statements) {
          for (const statement of statements) await client.query(statement)
        },
        async read(statement) {
          return (await client.query(statement))[0] as Record<string, unknown>[]
        },
        async close() {
          await client.end()
          await admin.query(`DROP DATABASE ${database}`)
          await admin.end()
        },
      }
    },
  }
}

export const mariadb = mariadbWith('MariaDB', 'GATEHOUSE_TEST_MARIADB')
export const mariadbAnsi = mariadbWith('MariaDB with ANSI_QUOTES,STRICT_TRANS_TABLES', 'GATEHOUSE_TEST_MARIADB_ANSI')
