import { randomBytes } from 'node:crypto'
import { connect, createServer, type Server, type Socket } from 'node:net'
import mysql from 'mysql2/promise'
import { type MysqlTarget, targetOf } from '../config.js'

export interface TestServer {
  readonly label: string
  readonly url: string | undefined
  /** Why there is none. */
  readonly skipped: string
}

/** The servers that the tests run on: one as it comes, one with a sql_mode that changes what quotes mean. */
export const testServers: readonly TestServer[] = [
  serverOf('MariaDB', 'GATEHOUSE_TEST_MARIADB'),
  serverOf('MariaDB with ANSI_QUOTES', 'GATEHOUSE_TEST_MARIADB_ANSI'),
]

function serverOf(label: string, variable: string): TestServer {
  return { label, url: process.env[variable], skipped: process.env[`${variable}_SKIPPED`] ?? `${variable} is not set` }
}

export interface TestDatabase {
  readonly target: MysqlTarget & { readonly database: string }
  /** Statements as they are, several at once. */
  setUp(sql: string): Promise<void>
  query(sql: string): Promise<readonly unknown[][]>
  drop(): Promise<void>
}

/** An empty database of its own for one test file. */
export async function testDatabase(from: TestServer, label: string): Promise<TestDatabase> {
  if (from.url === undefined) throw new Error(from.skipped)
  const server = targetOf({ connection: from.url })
  const database = `gh_${label}_${randomBytes(4).toString('hex')}`
  const connection = await mysql.createConnection({
    host: server.host,
    port: server.port,
    ...(server.user === undefined ? {} : { user: server.user }),
    ...(server.password === undefined ? {} : { password: server.password }),
    multipleStatements: true,
    rowsAsArray: true,
  })
  // The server's own zone is another one on purpose; what tests write by hand is meant in UTC.
  await connection.query("SET time_zone = '+00:00'")
  const setUp = async (sql: string) => {
    await connection.query(sql)
  }
  await setUp(`CREATE DATABASE \`${database}\` CHARACTER SET utf8mb4; USE \`${database}\``)
  return {
    target: { ...server, database },
    setUp,
    query: async (sql) => (await connection.query<mysql.RowDataPacket[][]>(sql))[0],
    drop: async () => {
      await setUp(`DROP DATABASE \`${database}\``)
      await connection.end()
    },
  }
}

/** A door before the server that can be shut: for what happens when the server goes away and comes back. */
export interface Door {
  readonly port: number
  shut(): Promise<void>
  open(): Promise<void>
}

export async function doorTo(target: MysqlTarget): Promise<Door> {
  const sockets = new Set<Socket>()
  let server: Server | undefined
  let port = 0
  const open = () =>
    new Promise<void>((resolve) => {
      server = createServer((near) => {
        const far = connect(target.port, target.host)
        for (const [from, to] of [
          [near, far],
          [far, near],
        ] as const) {
          sockets.add(from)
          from.pipe(to)
          from.on('error', () => to.destroy())
          from.on('close', () => sockets.delete(from))
        }
      })
      server.listen(port, '127.0.0.1', () => {
        const address = server?.address()
        if (typeof address === 'object' && address) port = address.port
        resolve()
      })
    })
  await open()
  return {
    port,
    open,
    shut: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy()
        server ? server.close(() => resolve()) : resolve()
      }),
  }
}
