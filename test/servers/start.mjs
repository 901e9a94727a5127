// Starts every server that this machine can have, prints their URLs as JSON and runs until SIGINT or SIGTERM.
// node test/servers/start.mjs [FILE]   writes the URLs to FILE too
import { writeFileSync } from 'node:fs'
import { startMariadb, startPostgres, startRedis } from './index.mjs'

const [postgres, mariadb, redis] = await Promise.all([startPostgres(), startMariadb(), startRedis()])
const servers = { postgres, mariadb, redis }
const urls = Object.fromEntries(
  Object.entries(servers).map(([name, server]) => [name, 'url' in server ? server.url : null]),
)
for (const [name, server] of Object.entries(servers)) {
  if ('skipped' in server) process.stderr.write(`${name}: skipped, ${server.skipped}\n`)
}
const text = `${JSON.stringify(urls, null, 2)}\n`
process.stdout.write(text)
const file = process.argv[2]
if (file !== undefined) writeFileSync(file, text)

const alive = setInterval(() => {}, 1 << 30)
let stopping = false
async function stop() {
  if (stopping) return
  stopping = true
  clearInterval(alive)
  await Promise.all(Object.values(servers).map((server) => ('stop' in server ? server.stop() : undefined)))
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
