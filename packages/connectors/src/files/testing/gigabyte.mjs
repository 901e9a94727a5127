// Writes a file of 1 GiB by a driver, reads it back and prints the most memory that the process ever had, in bytes.
// node gigabyte.mjs MODULE FACTORY TARGET   the compiled module, its function, and the target as JSON
const [module = '', factory = '', target = ''] = process.argv.slice(2)
const { [factory]: open } = await import(module)
const { hostKeys, url, ...plain } = JSON.parse(target)
const driver = open(
  {
    ...plain,
    ...(hostKeys ? { hostKeys: hostKeys === 'any' ? hostKeys : new Set(hostKeys) } : {}),
    ...(url ? { url: new URL(url) } : {}),
  },
  { max: 4, idleMs: 10_000, timeoutMs: 60_000 },
)
const size = 2 ** 30
const piece = Buffer.alloc(64 * 1024, 'gigabyte')
const { signal } = new AbortController()

async function* content() {
  for (let sent = 0; sent < size; sent += piece.length) yield piece
}
await driver.write('gigabyte', content(), { contentType: 'application/octet-stream', size, signal })
const { chunks } = await driver.read('gigabyte', { signal })
let bytes = 0
for await (const chunk of chunks) bytes += chunk.length
if (bytes !== size) throw new Error(`${bytes} bytes came back`)
await driver.deleteFile('gigabyte', { signal })
await driver.close()
// Kilobytes, on every system (getrusage as Node tells it).
process.stdout.write(String(process.resourceUsage().maxRSS * 1024))
