// node test/mcp-fixture/serve.mjs [PORT]: the fixture server, for running the conformance suite by hand.
import { runnerImport } from 'vite'

const { module } = await runnerImport(new URL('./server.ts', import.meta.url).pathname)
const { url } = await module.serveFixture(Number(process.argv[2] ?? 0))
process.stdout.write(`${url}\n`)
