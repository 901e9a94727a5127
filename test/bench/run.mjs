// npm run bench [-- --rounds 30 --only 0,2 --database URL --others 10000 --workers 2]: the gateway against bare servers,
// same machine, same run. `others`: so many more roles, and keys that have them. `workers`: processes of the gateway.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startPostgres } from '../servers/index.mjs'
import { cases } from './cases.mjs'
import { fill } from './data.mjs'
import { load } from './load.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(dirname(here))
const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1' },
    only: { type: 'string' },
    database: { type: 'string' },
    rounds: { type: 'string', default: '15' },
    others: { type: 'string', default: '0' },
    workers: { type: 'string', default: '1' },
  },
})
if (!(Number(options.rounds) >= 2)) throw new Error('--rounds is 2 or more: one round does not say how sure it is')
const key = 'bench-key-0123456789-0123456789'
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))

const others = Array.from({ length: Number(options.others) }, (_, i) => i)

const configuration = (database) => ({
  server: { port: 0, workers: Number(options.workers) },
  store: { url: `sqlite:${folder}/gatehouse.db` },
  services: { bench: { type: 'postgres', connection: database, max_records: 1000, refresh: '0' } },
  roles: {
    bench: {
      grants: [
        { service: 'bench', resource: '_table/*', verbs: ['read', 'create'], fields: { deny: ['nothing'] } },
        { service: 'bench', resource: '_table/secret', deny: true },
      ],
    },
    ...Object.fromEntries(
      others.map((i) => [`role${i}`, { grants: [{ service: 'bench', resource: `_table/t${i}`, verbs: ['read'] }] }]),
    ),
  },
  keys: [
    { name: 'bench', roles: ['bench'], key },
    ...others.map((i) => ({ name: `key${i}`, roles: [`role${i}`], key: `other-${i}-0123456789-0123456789` })),
  ],
  limits: [{ per: 'key', rate: 100_000_000, period: 'minute' }],
  audit: { mode: 'buffered' },
  log: { level: 'error' },
})

/** Starts a child whose first line on standard output ends in its port. */
function start(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, GATEHOUSE_KEY: 'ab'.repeat(32) },
    })
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}`)))
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
      const port = /(?:^|localhost:|127\.0\.0\.1:)(\d{4,5})/m.exec(output)
      if (port && output.includes('\n')) resolve({ child, url: `http://127.0.0.1:${port[1]}`, pid: child.pid })
    })
  })
}

/** Who answers the case, each with its process. */
function partiesOf(index, entry, servers) {
  const post = entry.body !== undefined
  const json = { 'content-type': 'application/json' }
  const direct = {
    method: post ? 'POST' : 'GET',
    headers: post ? json : {},
    body: entry.body?.('@N@'),
    most: entry.most,
  }
  const tool = {
    method: 'POST',
    headers: {
      ...json,
      'x-api-key': key,
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': `bench_${entry.tool}`,
    },
    body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"bench_${entry.tool}","arguments":${entry.input('@N@', '@E@')},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}`,
    most: entry.most,
  }
  const party = (server, call) => ({ target: { ...call, url: server.url }, pid: server.pid })
  const path = `/${index}/%d`
  return {
    rows: party(servers.rows, { ...direct, path }),
    json: party(servers.json, { ...direct, path }),
    rest: party(servers.gateway, {
      ...direct,
      path: `/api/v2/bench${entry.rest}`,
      headers: { ...direct.headers, 'x-api-key': key },
    }),
    mcp: party(servers.gateway, { ...tool, path: '/mcp' }),
    rowsMcp: party(servers.rows, { ...tool, path }),
    jsonMcp: party(servers.json, { ...tool, path }),
  }
}

/** Calls that an engine has to have seen until it has compiled what they run, and how long that may take (seconds). */
const warmCalls = 10_000
const warmSeconds = 20

async function warmUp({ target, pid }) {
  for (let seconds = 0, calls = 0; seconds < warmSeconds && calls < warmCalls; seconds += 2) {
    calls += 2 * (await load(target, { folder, seconds: 2, pid })).perSecond
  }
}

/**
 * Some rounds of each, once all are warm. In each round they come one after the other, and rounds are short, so that what
 * disturbs the machine for a while disturbs all of them.
 */
async function roundsOf(parties) {
  const entries = Object.entries(parties)
  for (const [, party] of entries) await warmUp(party)
  const results = Object.fromEntries(entries.map(([name]) => [name, []]))
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [name, { target, pid }] of entries) {
      results[name].push(await load(target, { folder, seconds: Number(options.seconds), pid }))
    }
  }
  return results
}

function median(results, member) {
  const sorted = results.map((result) => result[member]).sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** How many of the other's requests it has a second: the geometric mean of all rounds, and its standard error. */
function ratio(ours, theirs) {
  const logs = ours.map(({ perSecond }, round) => Math.log(perSecond / theirs[round].perSecond))
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1)
  const value = Math.exp(mean)
  return `${value.toFixed(2)} ± ${(value * Math.sqrt(variance / logs.length)).toFixed(2)}`
}

/** The better of two that do the same. */
function better(one, other) {
  return median(one, 'perSecond') > median(other, 'perSecond') ? one : other
}

const database = options.database ? { url: options.database, stop: async () => undefined } : await startPostgres()
if ('skipped' in database) throw new Error(database.skipped)
const running = []
try {
  process.stderr.write('Filling the database (100,000 customers, 1,000,000 orders, 2,500,000 items)...\n')
  await fill(database.url)
  writeFileSync(join(folder, 'bench.yaml'), JSON.stringify(configuration(database.url)))
  const bareServer = join(here, 'bare.mjs')
  const servers = {
    rows: await start(process.execPath, [bareServer, 'rows', database.url]),
    json: await start(process.execPath, [bareServer, 'json', database.url]),
    gateway: await start(process.execPath, [
      join(root, 'services/gateway/bin/gatehouse.mjs'),
      'start',
      '--config',
      join(folder, 'bench.yaml'),
    ]),
  }
  running.push(...Object.values(servers))
  const only = options.only?.split(',').map(Number)
  console.log(
    `Node ${process.versions.node}; ${options.seconds} s a run after ${warmCalls} calls or ${warmSeconds} s, medians of ${options.rounds} rounds; wrk, 16 connections\n`,
  )
  console.log(
    '| case | bare, rows | bare, JSON by database | REST | MCP | REST / bare | MCP / bare | MCP / bare MCP | CPU µs: bare, REST, MCP | MB: bare, gateway |',
  )
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |')
  for (const [index, entry] of cases.entries()) {
    if (only && !only.includes(index)) continue
    const { rows, json, rest, mcp, rowsMcp, jsonMcp } = await roundsOf(partiesOf(index, entry, servers))
    const bare = better(rows, json)
    const show = (member, ...all) => all.map((each) => Math.round(median(each, member)).toLocaleString('en'))
    const cells = [
      entry.name,
      ...show('perSecond', rows, json, rest, mcp),
      ratio(rest, bare),
      ratio(mcp, bare),
      ratio(mcp, better(rowsMcp, jsonMcp)),
      show('cpuMicros', bare, rest, mcp).join(', '),
      show('megabytes', bare, rest).join(', '),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
} finally {
  for (const { child } of running) {
    child.removeAllListeners('exit')
    child.kill('SIGTERM')
  }
  await database.stop()
  rmSync(folder, { recursive: true, force: true })
}
