// node test/bench/files.mjs [--seconds 5] [--megabytes 1024] [--rounds 2]: files through the gateway against a bare
// node:http stream of the same file, same machine, same run. Compile before: npm run build.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { load } from './load.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(dirname(here))
const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    megabytes: { type: 'string', default: '1024' },
    rounds: { type: 'string', default: '2' },
  },
})
const megabytes = Number(options.megabytes)
const key = 'bench-key-0123456789-0123456789'
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-files-'))
const files = join(folder, 'files')

const configuration = {
  server: { port: 0 },
  store: { url: `sqlite:${folder}/gatehouse.db` },
  services: { files: { type: 'local_file', root: files, max_file_size: '64gb', refresh: '0' } },
  roles: { bench: { grants: [{ service: 'files', resource: '*', verbs: ['read', 'create', 'update'] }] } },
  keys: [{ name: 'bench', roles: ['bench'], key }],
  log: { level: 'error' },
}

function start(args) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, GATEHOUSE_KEY: 'ab'.repeat(32) }
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env })
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}`)))
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
      const port = /(?:^|localhost:|127\.0\.0\.1:)(\d{4,5})/m.exec(output)
      if (port && output.includes('\n')) resolve({ child, pid: child.pid, url: `http://127.0.0.1:${port[1]}` })
    })
  })
}

/** Megabytes a second of one transfer. */
function transfer(url, method, headers) {
  const chunk = Buffer.alloc(1024 * 1024, 7)
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const length = method === 'PUT' ? { 'content-length': megabytes * chunk.length } : {}
    const sending = request(url, { method, headers: { ...headers, ...length } }, (response) => {
      response.on('data', () => undefined)
      response.on('error', reject)
      response.on('end', () => {
        if (response.statusCode !== 200) reject(new Error(`${method} answered ${response.statusCode}`))
        else resolve(megabytes / ((performance.now() - started) / 1000))
      })
    })
    sending.on('error', reject)
    let left = method === 'PUT' ? megabytes : 0
    const more = () => {
      while (left-- > 0) if (!sending.write(chunk)) return
      sending.end()
    }
    sending.on('drain', more)
    more()
  })
}

/** The best of some rounds: what a machine does when nothing else disturbs it. */
async function best(run) {
  let found = 0
  for (let round = 0; round < Number(options.rounds); round++) found = Math.max(found, await run())
  return found
}

const running = []
try {
  mkdirSync(files)
  writeFileSync(join(files, 'small.bin'), Buffer.alloc(1024, 1))
  writeFileSync(join(folder, 'bench.yaml'), JSON.stringify(configuration))
  const bare = await start([join(here, 'bare-files.mjs'), files])
  running.push(bare)
  const program = join(root, 'services/gateway/bin/gatehouse.mjs')
  const gateway = await start([program, 'start', '--config', join(folder, 'bench.yaml')])
  running.push(gateway)
  const headers = { 'x-api-key': key }
  const line = (name, one, two) =>
    console.log(
      `| ${name} | ${Math.round(one).toLocaleString('en')} | ${Math.round(two).toLocaleString('en')} | ${(two / one).toFixed(2)} |`,
    )
  console.log(`Node ${process.versions.node}; the better of ${options.rounds}\n`)
  console.log('| case | bare node:http | REST | REST / bare |')
  console.log('| --- | --- | --- | --- |')
  const reads = (server, path, sent) => async () => {
    const target = { url: server.url, path, method: 'GET', headers: sent, most: 1 }
    return (await load(target, { folder, seconds: Number(options.seconds), pid: server.pid })).perSecond
  }
  const small = await best(reads(bare, '/small.bin', {}))
  line('1 kB reads a second', small, await best(reads(gateway, '/api/v2/files/small.bin', headers)))
  const up = await best(() => transfer(`${bare.url}/large.bin`, 'PUT', {}))
  line(
    `MB/s, ${megabytes} MB up (ours is on the disk when it is answered)`,
    up,
    await best(() => transfer(`${gateway.url}/api/v2/files/large.bin`, 'PUT', headers)),
  )
  const down = await best(() => transfer(`${bare.url}/large.bin`, 'GET', {}))
  line(
    `MB/s, ${megabytes} MB down`,
    down,
    await best(() => transfer(`${gateway.url}/api/v2/files/large.bin`, 'GET', headers)),
  )
} finally {
  for (const { child } of running) {
    child.removeAllListeners('exit')
    child.kill('SIGTERM')
  }
  rmSync(folder, { recursive: true, force: true })
}
