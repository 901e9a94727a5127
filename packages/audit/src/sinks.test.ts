import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { AuditSink } from '@gatehouse/core'
import { afterAll, describe, expect, it } from 'vitest'
import { type AuditTrailOptions, createAuditTrail } from './audit-trail.js'
import { createFileSink, readEventFile } from './file-sink.js'
import { createStreamSink } from './stream-sink.js'
import { event } from './testing/event.js'
import { verifyChain } from './verify-chain.js'

const directory = mkdtempSync(join(tmpdir(), 'audit-trail-'))
afterAll(() => rmSync(directory, { recursive: true }))
let files = 0
const newPath = () => join(directory, `made/${files++}.jsonl`)

const trailTo = (sinks: readonly AuditSink[], change: Partial<AuditTrailOptions> = {}) =>
  createAuditTrail({ sinks, mode: 'strict', flushMs: 10, redact: ['ssn'], ...change })

describe('file of events', () => {
  it('is made for its owner alone and verifies', async () => {
    const path = newPath()
    const sealKey = Buffer.alloc(32, 1)
    const trail = trailTo([createFileSink(path, { durable: true })], { sealKey })
    await Promise.all([trail.record(event()), trail.record(event({ arguments: { text: 'line\nbreak "}' } }))])
    await trail.close()
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(await verifyChain(readEventFile(path), { sealKey })).toMatchObject({ ok: true, events: 4, open: [] })
  })

  it('takes the events of several processes, and goes on in a new file when it is moved away', async () => {
    const path = newPath()
    const trails = Array.from({ length: 3 }, () => trailTo([createFileSink(path, { durable: false })]))
    await Promise.all(Array.from({ length: 30 }, (_, i) => trails[i % 3]?.record(event({ request_id: `r${i}` }))))
    expect(await verifyChain(readEventFile(path))).toMatchObject({ ok: true, events: 33 })
    renameSync(path, `${path}.1`)
    await trails[0]?.record(event())
    await Promise.all(trails.map((trail) => trail.close()))
    expect((await verifyChain(readEventFile(path))).ok).toBe(false)
    expect(await verifyChain(readEventFile(path), { partial: true })).toMatchObject({ ok: true, events: 4 })
  })

  it('shows what was tampered with', async () => {
    const path = newPath()
    const trail = trailTo([createFileSink(path, { durable: false })])
    for (let i = 0; i < 5; i++) await trail.record(event({ request_id: `r${i}` }))
    await trail.close()
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    const verifyLines = async (changed: string[]) => {
      writeFileSync(path, changed.map((line) => `${line}\n`).join(''))
      return (await verifyChain(readEventFile(path))).problems.map(({ seq, kind }) => `${seq} ${kind}`)
    }
    expect(await verifyLines(lines)).toEqual([])
    expect(await verifyLines(lines.map((line) => line.replace('"r2"', '"rX"')))).toEqual(['3 changed'])
    expect(await verifyLines(lines.filter((_, i) => i !== 3))).toEqual(['4 missing'])
    expect(await verifyLines(lines.map((line) => line.slice(0, line.includes('"r2"') ? 100 : undefined)))).toEqual([
      '4 missing',
    ])
  })

  it('begins a new line after half a one that a crash left', async () => {
    const path = newPath()
    const first = trailTo([createFileSink(path, { durable: true })])
    await first.record(event())
    await first.close()
    appendFileSync(path, '{"chain":"half')
    const next = trailTo([createFileSink(path, { durable: true })])
    await next.record(event())
    await next.close()
    expect(await verifyChain(readEventFile(path))).toMatchObject({ ok: true, events: 6 })
  })

  it('loses no event that was acknowledged when the process is killed', async () => {
    const path = newPath()
    const script = `
      import { createAuditTrail, createFileSink } from '@gatehouse/audit'
      const trail = createAuditTrail({
        sinks: [createFileSink(process.argv[1], { durable: true })], mode: 'strict', flushMs: 50, redact: [],
      })
      const event = ${JSON.stringify(event())}
      for (let n = 0; ; n += 4) {
        const ids = [n, n + 1, n + 2, n + 3].map(String)
        await Promise.all(ids.map((request_id) => trail.record({ ...event, request_id })))
        process.stdout.write(ids.join('\\n') + '\\n')
      }`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
      cwd: join(import.meta.dirname, '..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let acknowledged = ''
    child.stdout.on('data', (chunk) => {
      acknowledged += chunk
      if (acknowledged.length > 400) child.kill('SIGKILL')
    })
    await new Promise((resolve) => child.on('close', resolve))
    const ids = acknowledged.slice(0, acknowledged.lastIndexOf('\n')).split('\n')
    const kept = new Set<unknown>()
    for await (const stored of readEventFile(path)) kept.add(JSON.parse(stored.event).request_id)
    expect(ids.length).toBeGreaterThan(100)
    expect(ids.filter((id) => !kept.has(id))).toEqual([])
    expect((await verifyChain(readEventFile(path))).ok).toBe(true)
  })
})

describe('stream of events', () => {
  it('gets one JSON object a line', async () => {
    const stream = new PassThrough()
    const trail = trailTo([createStreamSink(stream)])
    await trail.record(event())
    await trail.close()
    stream.end()
    const lines = (await stream.toArray()).join('').trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).event.operation)).toEqual([
      'start_audit',
      'get_table_data',
      'stop_audit',
    ])
  })
})
