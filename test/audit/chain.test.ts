import { spawn } from 'node:child_process'
import { createAuditTrail, type VerifyReport, verifyChain } from '@gatehouse/audit'
import type { AuditEvent } from '@gatehouse/core'
import { openStore, type Store } from '@gatehouse/store'
import { afterAll, describe, expect, it } from 'vitest'
import type { OpenBackend } from '../backends/backend.js'
import { mariadb, mariadbAnsi } from '../backends/mariadb.js'
import { postgres } from '../backends/postgres.js'
import { sqlite } from '../backends/sqlite.js'
import { keepOpen } from '../harness/keep-open.js'

const sealKey = Buffer.alloc(32, 9)

const event: AuditEvent = {
  time: '2026-11-21T01:43:00.123Z',
  request_id: 'r0',
  tenant: 'default',
  principal: 'key:demo',
  client: 'curl/8 \0 \ud800 "é😀"',
  surface: 'rest',
  service: 'salesdb',
  operation: 'get_table_data',
  effect: 'read',
  resource: `_table/${'x'.repeat(2_000)}`,
  arguments: { filter: "ssn = '123-45-6789'", deep: [{ a: null, 'q"uote\\': 1.5 }], text: '\ud800 \0 \\u0000 \\' },
  rows: 3,
  masked: ['email', 'phone'],
  decision: 'allowed',
  status: 200,
  duration_ms: 1.125,
}

/** What somebody with all rights on the database may do to the second of three chains, and what shows it. */
const tampering: readonly { readonly what: string; readonly sql: readonly string[]; readonly shows: string }[] = [
  { what: 'an event changed', sql: ['UPDATE audit SET event = REPLACE(event, \'"r3"\', \'"rX"\')'], shows: 'changed' },
  {
    what: 'a column changed',
    sql: ["UPDATE audit SET principal = 'key:other' WHERE request_id = 'r3'"],
    shows: 'changed',
  },
  {
    what: 'a time changed',
    sql: ["UPDATE audit SET time = '2026-11-20 01:43:00.123' WHERE request_id = 'r3'"],
    shows: 'changed',
  },
  { what: 'an event removed', sql: ["DELETE FROM audit WHERE request_id = 'r3'"], shows: 'missing' },
  { what: 'an event moved', sql: ["UPDATE audit SET id = id + 1000000 WHERE request_id = 'r3'"], shows: 'missing' },
  {
    what: 'two events swapped',
    sql: [
      "UPDATE audit SET seq = seq + 1000 WHERE request_id IN ('r3', 'r4')",
      "UPDATE audit SET seq = seq - 999 WHERE request_id = 'r3'",
      "UPDATE audit SET seq = seq - 1001 WHERE request_id = 'r4'",
    ],
    shows: 'changed',
  },
  {
    what: 'the end of a chain cut off',
    sql: [
      "DELETE FROM audit WHERE operation = 'stop_audit' AND id < (SELECT * FROM (SELECT MAX(id) FROM audit) AS last)",
    ],
    shows: 'cut',
  },
  { what: 'seals removed', sql: ['UPDATE audit SET seal = NULL'], shows: 'unsealed' },
  {
    what: 'a chain removed',
    sql: ['DELETE FROM audit WHERE chain = (SELECT * FROM (SELECT MIN(chain) FROM audit) AS first)'],
    shows: 'cut',
  },
]

describe.each([sqlite, postgres, mariadb, mariadbAnsi].map((backend) => [backend.name, backend] as const))(
  'audit in a store on %s',
  (_, backend) => {
    let database: OpenBackend
    let store: Store | undefined
    keepOpen(backend, async (opened) => {
      database = opened
      store = await openStore(urlOf(opened), { durable: true })
    })
    afterAll(() => store?.close())
    const onStore = (name: string, test: (store: Store, database: OpenBackend) => Promise<void>) =>
      it(name, async () => {
        if (!store) throw new Error('There is no store')
        await test(store, database)
      })

    const trailOf = (own: Store) =>
      createAuditTrail({ sinks: [own.audit], mode: 'strict', flushMs: 50, redact: ['ssn'], sealKey })
    const verify = (own: Store): Promise<VerifyReport> => verifyChain(own.audit.read(), { sealKey })

    onStore('keeps and proves what several processes write one after the other', async (own) => {
      for (let process = 0; process < 3; process++) {
        const trail = trailOf(own)
        await Promise.all(
          Array.from({ length: 5 }, (_, i) => trail.record({ ...event, request_id: `p${process}r${i}` })),
        )
        await trail.close()
      }
      expect(await verify(own)).toMatchObject({ ok: true, events: 21, problems: [], open: [] })
    })

    onStore('keeps and proves what several processes write at once', async (own) => {
      const stores = await Promise.all(Array.from({ length: 3 }, () => openStore(urlOf(database))))
      const trails = stores.map(trailOf)
      await Promise.all(
        Array.from({ length: 120 }, (_, i) => trails[i % 3]?.record({ ...event, request_id: `many${i}` })),
      )
      await Promise.all(trails.map((trail) => trail.close()))
      await Promise.all(stores.map((each) => each.close()))
      expect(await verify(own)).toMatchObject({ ok: true, events: 147 })
    })

    onStore('refuses while the events cannot be written, and loses none', async (own, { run }) => {
      const trail = trailOf(own)
      await trail.flush()
      await run(['ALTER TABLE audit RENAME TO away'])
      await expect(trail.record({ ...event, request_id: 'away' })).rejects.toMatchObject({ code: 'unavailable' })
      expect(trail.writable).toBe(false)
      await run(['ALTER TABLE away RENAME TO audit'])
      await expect.poll(() => trail.writable, { timeout: 20_000 }).toBe(true)
      await trail.close()
      expect(await verify(own)).toMatchObject({ ok: true, events: 150 })
    })

    onStore('never writes redacted values', async (own) => {
      for await (const stored of own.audit.read()) expect(JSON.stringify(stored)).not.toContain('123-45')
    })

    onStore('shows whatever was tampered with', async (own, { run }) => {
      const trail = trailOf(own)
      for (let i = 0; i < 6; i++) await trail.record({ ...event, request_id: `r${i}` })
      await trail.close()
      await trailOf(own).close()
      await run(['CREATE TABLE untouched AS SELECT * FROM audit'])
      for (const { what, sql, shows } of tampering) {
        await run(sql)
        expect(
          (await verify(own)).problems.map(({ kind }) => kind),
          what,
        ).toContain(shows)
        await run(['DELETE FROM audit', 'INSERT INTO audit SELECT * FROM untouched'])
      }
      expect((await verify(own)).ok).toBe(true)
    })

    onStore('loses no event that was acknowledged when the process is killed', async (own, opened) => {
      const script = `
        import { createAuditTrail } from '@gatehouse/audit'
        import { openStore } from '@gatehouse/store'
        const store = await openStore(process.argv[1], { durable: true })
        const trail = createAuditTrail({
          sinks: [store.audit], mode: 'strict', flushMs: 50, redact: [], sealKey: Buffer.alloc(32, 9),
        })
        const event = ${JSON.stringify({ ...event, client: 'killed' })}
        for (let n = 0; ; n += 4) {
          const ids = [n, n + 1, n + 2, n + 3].map((id) => 'killed' + id)
          await Promise.all(ids.map((request_id) => trail.record({ ...event, request_id })))
          process.stdout.write(ids.join('\\n') + '\\n')
        }`
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, urlOf(opened)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let acknowledged = ''
      child.stdout.on('data', (chunk) => {
        acknowledged += chunk
        if (acknowledged.length > 1_500) child.kill('SIGKILL')
      })
      await new Promise((resolve) => child.on('close', resolve))
      const ids = acknowledged.slice(0, acknowledged.lastIndexOf('\n')).split('\n')
      expect(ids.length).toBeGreaterThan(100)
      // A statement that the dead process had sent may still be running.
      await trailOf(own).close()
      const kept = new Set<unknown>()
      for await (const stored of own.audit.read()) kept.add(stored.columns?.request_id)
      expect(ids.filter((id) => !kept.has(id))).toEqual([])
      const report = await verify(own)
      expect(report.problems).toEqual([])
      expect(report.open).toHaveLength(1)
    })
  },
)

function urlOf(database: OpenBackend): string {
  const connection = String(database.service.connection)
  return connection.includes('://') ? connection : `sqlite:${connection}`
}
