// Runs one server in the foreground and ends it when standard input closes: so also when the process that wanted the
// server was killed and could not clean up. node guard.mjs DIRECTORY UID GID SIGNAL COMMAND ARGUMENTS...
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'

const [directory = '', uid = '', gid = '', stopSignal = 'SIGTERM', command = '', ...args] = process.argv.slice(2)
const ids = uid === '' ? {} : { uid: Number(uid), gid: Number(gid) }
const server = spawn(command, args, { ...ids, cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] })

// A reader that is gone must not end the guard before the server.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {})
server.stdout.pipe(process.stdout)
server.stderr.pipe(process.stderr)
process.stdout.write(`guard: server pid ${server.pid}\n`)

function stop() {
  server.kill(/** @type {NodeJS.Signals} */ (stopSignal))
  setTimeout(() => server.kill('SIGKILL'), 10_000).unref()
}
process.stdin.resume()
process.stdin.on('end', stop)
process.stdin.on('error', stop)
// A terminal's Ctrl+C reaches the whole group; the one who started the guard closes its input when it is done.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})

server.on('error', (error) => process.stderr.write(`guard: ${error.message}\n`))
server.on('close', (code) => {
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  process.exit(code ?? 1)
})
