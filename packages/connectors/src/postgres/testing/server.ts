import { randomBytes } from 'node:crypto'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import pg from 'pg'
import { type PostgresTarget, targetOf } from '../config.js'
import { type PostgresDriver, type PostgresDriverParts, postgresDriver } from '../driver.js'
import type { PgRunOptions } from '../lease.js'

/** The server that the tests run on, or why there is none. */
export const serverUrl = process.env.GATEHOUSE_TEST_POSTGRES
export const skipped = process.env.GATEHOUSE_TEST_POSTGRES_SKIPPED ?? 'GATEHOUSE_TEST_POSTGRES is not set'

export interface TestDatabase {
  readonly target: PostgresTarget
  /** Statements as they are, several at once, past the driver that is tested. */
  setUp(sql: string): Promise<void>
  query(sql: string): Promise<readonly unknown[][]>
  /** A driver on this database; closed by `drop`. */
  driver(parts?: Partial<PostgresDriverParts>): PostgresDriver
  drop(): Promise<void>
}

/** An empty database of its own for one test file. */
export async function testDatabase(label: string): Promise<TestDatabase> {
  if (serverUrl === undefined) throw new Error(skipped)
  const server = targetOf({ connection: serverUrl })
  const database = `gh_${label}_${randomBytes(4).toString('hex')}`
  const target: PostgresTarget = { ...server, database }
  await onServer(server, `CREATE DATABASE ${database}`)
  const client = new pg.Client(clientOf(target))
  // Tests that end every session end this one too.
  client.on('error', () => {})
  await client.connect()
  const drivers: PostgresDriver[] = []
  return {
    target,
    async setUp(sql) {
      await client.query(sql)
    },
    async query(sql) {
      return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows
    },
    driver(parts = {}) {
      const driver = postgresDriver({
        target,
        pool: { max: 2, idleMs: 10_000 },
        identity: undefined,
        constraintColumns: () => undefined,
        ...parts,
      })
      drivers.push(driver)
      return driver
    },
    async drop() {
      await Promise.all(drivers.map((driver) => driver.close()))
      await client.end()
      await onServer(server, `DROP DATABASE ${database} WITH (FORCE)`)
    },
  }
}

function clientOf({ host, port, user, password, database }: PostgresTarget): pg.ClientConfig {
  return { host, port, user, password, database }
}

async function onServer(server: PostgresTarget, sql: string): Promise<void> {
  const client = new pg.Client(clientOf(server))
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** Reads with ten seconds, unless said otherwise. */
export function reading(options: Partial<PgRunOptions> = {}): PgRunOptions {
  return {
    signal: new AbortController().signal,
    timeoutMs: 10_000,
    identity: { id: 'key:test', name: 'test', roles: [], attributes: {} },
    readOnly: true,
    ...options,
  }
}

export function writing(options: Partial<PgRunOptions> = {}): PgRunOptions {
  return reading({ readOnly: false, ...options })
}

/** A way to the server that can be cut and restored, and be slow. */
export interface Cable {
  readonly port: number
  cut(): void
  /** Nothing comes through any more, but on connections made later. */
  freeze(): void
  /** So many bytes a millisecond come from the server on each connection. */
  slow(bytes: number): void
  restore(): Promise<void>
  close(): Promise<void>
}

export async function cableTo(target: PostgresTarget): Promise<Cable> {
  const sockets = new Set<Socket>()
  let bytesPerMs = Number.POSITIVE_INFINITY
  const pace = () =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const ms = chunk.length / bytesPerMs
        if (ms < 1) done(null, chunk)
        else setTimeout(done, ms, null, chunk)
      },
    })
  const serve = (port: number): Promise<Server> =>
    new Promise((resolve, reject) => {
      const server = createServer((near) => {
        const far = connect(target.port, target.host)
        for (const socket of [near, far]) {
          sockets.add(socket)
          socket.on('error', () => {})
          socket.on('close', () => {
            near.destroy()
            far.destroy()
            sockets.delete(socket)
          })
        }
        near.pipe(far).pipe(pace()).pipe(near)
      })
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => resolve(server))
    })
  let server = await serve(0)
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const cut = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return {
    port,
    cut,
    freeze() {
      for (const socket of sockets) socket.unpipe().pause()
    },
    slow(bytes) {
      bytesPerMs = bytes
    },
    async restore() {
      server = await serve(port)
    },
    async close() {
      cut()
    },
  }
}
