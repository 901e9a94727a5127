import { expect, it } from 'vitest'
import { postgres } from '../backends/postgres.js'
import { startGateway } from '../harness/running-gateway.js'

const tables = 1_000

it('reads a PostgreSQL schema of a thousand tables', async ({ skip }) => {
  const database = await postgres.open()
  if ('skipped' in database) return skip(database.skipped)
  try {
    const statements = Array.from({ length: tables }, (_, i) => {
      const parent = i === 0 ? '' : `, parent_id bigint REFERENCES t${i - 1} (id)`
      return `CREATE TABLE t${i} (id ${postgres.types.identity}, name varchar(100) NOT NULL, amount numeric(12,2),
        made_at timestamptz, kind varchar(20) CHECK (kind IN ('a', 'b'))${parent})`
    })
    // A few hundred at a time, for the locks of one transaction are bounded.
    for (let i = 0; i < tables; i += 200) await database.run([statements.slice(i, i + 200).join(';')])
    const started = performance.now()
    const gateway = await startGateway({ services: { big: { ...database.service, refresh: '0' } } })
    const up = performance.now() - started
    try {
      const api = gateway.api()
      const listed = await api.get('/big/_table?as_list=true')
      expect(listed.status, listed.text.slice(0, 500)).toBe(200)
      expect(listed.body.resource).toHaveLength(tables)
      const schema = await api.get('/big/_schema/t500')
      expect(schema.status).toBe(200)
      expect(schema.text).toContain('t499')
      expect((await api.get('/big/_table/t999')).status).toBe(200)
      const spec = await api.get('/big/_spec')
      expect(spec.body.paths['/big/_table/t999']).toBeDefined()
      const again = performance.now()
      const refreshed = await api.post('/system/services/big/_refresh')
      expect(refreshed.body).toEqual({ changed: false, tables, routines: 0 })
      const read = await database.read(
        `SELECT count(*) AS sessions FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      )
      expect(Number(read[0]?.sessions)).toBeLessThan(20)
      process.stdout.write(
        `${tables} tables: up in ${Math.round(up)} ms, refreshed in ${Math.round(performance.now() - again)} ms\n`,
      )
    } finally {
      await gateway.close()
    }
  } finally {
    await database.close()
  }
})
