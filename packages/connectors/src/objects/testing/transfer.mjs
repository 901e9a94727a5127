// Sends a file of many bytes by the compiled driver and reads it back, in a process of its own, so that its memory can be
// told. node transfer.mjs FOLDER CONFIG BYTES [announced]; prints {"whole", "megabytes"}.
import { createHash } from 'node:crypto'

const [folder, config = '{}', bytes, announced] = process.argv.slice(2)
const size = Number(bytes)
const compiled = new URL(`../../../dist/${folder}/`, import.meta.url)
const [{ targetOf }, drivers] = await Promise.all([
  import(new URL('config.js', compiled).href),
  import(new URL('driver.js', compiled).href),
])
const [open] = Object.values(drivers)
const driver = await open(targetOf(JSON.parse(config)))
const { signal } = new AbortController()

const sent = createHash('sha1')
async function* content() {
  for (let at = 0; at < size; at += 65_536) {
    const chunk = Buffer.alloc(Math.min(65_536, size - at), at % 251)
    sent.update(chunk)
    yield chunk
  }
}
await driver.write('large.bin', content(), { contentType: '', signal, ...(announced && { size }) })

const came = createHash('sha1')
const { chunks } = await driver.read('large.bin', { signal })
for await (const chunk of chunks) came.update(chunk)
await driver.close()

const whole = sent.digest('hex') === came.digest('hex')
process.stdout.write(JSON.stringify({ whole, megabytes: process.resourceUsage().maxRSS / 1024 }))
