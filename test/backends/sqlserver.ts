import { randomBytes } from 'node:crypto'
import { Connection, Request } from 'tedious'
import { withDatabase } from '../servers/index.mjs'
import type { Backend } from './backend.js'

/** No such server can be had on a machine without one: only where TEST_SQLSERVER_URL names it (a login that may create databases). */
export const sqlserver: Backend = {
  name: 'SQL Server',
  quote: (name) => `[${name.replaceAll(']', ']]')}]`,
  types: {
    identity: 'BIGINT IDENTITY PRIMARY KEY',
    name: 'NVARCHAR(100)',
    code: 'NVARCHAR(20)',
    exact: 'DECIMAL(38,10)',
    boolean: 'BIT',
    integer: 'INT',
    bigint: 'BIGINT',
    decimal: 'DECIMAL(12,2)',
    float: 'FLOAT',
    text: 'NVARCHAR(MAX)',
    uuid: 'UNIQUEIDENTIFIER',
    date: 'DATE',
    time: 'TIME(7)',
    datetime: 'DATETIME2(7)',
    datetimetz: 'DATETIMEOFFSET(7)',
    binary: 'VARBINARY(MAX)',
    json: 'NVARCHAR(MAX) CHECK (ISJSON(a_json, VALUE) = 1)',
  },
  words: { TRUE: '1' },
  uniqueButNull: (table, column) =>
    `CREATE UNIQUE INDEX ${table}_${column} ON ${table} (${column}) WHERE ${column} IS NOT NULL`,
  regexp: false,
  routines: [
    'CREATE FUNCTION add_numbers (@a INT, @b INT = 10) RETURNS INT AS BEGIN RETURN @a + @b END',
    'CREATE PROCEDURE customers_in @wanted NVARCHAR(20) AS SELECT id, name FROM customers WHERE country = @wanted ORDER BY id',
    `CREATE PROCEDURE rename_customer @wanted BIGINT, @fresh NVARCHAR(100), @changed INT OUTPUT AS
      BEGIN UPDATE customers SET name = @fresh WHERE id = @wanted; SET @changed = @@ROWCOUNT END`,
  ],
  objects: `SELECT CONCAT('column ', o.name, '.', c.name) AS name FROM sys.columns c JOIN sys.objects o
      ON o.object_id = c.object_id WHERE o.is_ms_shipped = 0
    UNION ALL SELECT CONCAT('routine ', name) FROM sys.objects WHERE type IN ('P', 'FN') AND is_ms_shipped = 0 ORDER BY 1`,
  slowView: `CREATE VIEW slow AS SELECT COUNT_BIG(*) AS n FROM sys.all_columns a CROSS JOIN sys.all_columns b
    CROSS JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8)) c (n)`,
  async open() {
    const server = process.env.TEST_SQLSERVER_URL
    if (!server) return { skipped: 'TEST_SQLSERVER_URL is not set, and no SQL Server can be installed here' }
    const database = `test_${randomBytes(6).toString('hex')}`
    const admin = await connect(server)
    await read(admin, `CREATE DATABASE ${database}`)
    const url = withDatabase(server, database)
    const client = await connect(url)
    return {
      service: { type: 'sqlserver', connection: url },
      async run(statements) {
        for (const statement of statements) await read(client, statement)
      },
      read: (statement) => read(client, statement),
      async close() {
        client.close()
        await read(admin, `ALTER DATABASE ${database} SET SINGLE_USER WITH ROLLBACK IMMEDIATE`)
        await read(admin, `DROP DATABASE ${database}`)
        admin.close()
      },
    }
  },
}

/** As the connector reads a URL: `?trust_server_certificate=true` for a server that made its certificate itself. */
function connect(address: string): Promise<Connection> {
  const url = new URL(address)
  const connection = new Connection({
    server: url.hostname,
    authentication: {
      type: 'default',
      options: { userName: decodeURIComponent(url.username), password: decodeURIComponent(url.password) },
    },
    options: {
      port: Number(url.port || 1433),
      database: url.pathname.slice(1) || 'master',
      encrypt: url.searchParams.get('encrypt') !== 'false',
      trustServerCertificate: url.searchParams.get('trust_server_certificate') === 'true',
      useColumnNames: true,
      requestTimeout: 60_000,
    },
  })
  return new Promise((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve(connection)))
  })
}

function read(connection: Connection, statement: string): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    const rows: Record<string, unknown>[] = []
    const request = new Request(statement, (error) => (error ? reject(error) : resolve(rows)))
    request.on('row', (columns: Record<string, { value: unknown }>) => {
      rows.push(Object.fromEntries(Object.entries(columns).map(([name, { value }]) => [name, value])))
    })
    connection.execSqlBatch(request)
  })
}
