import { parseArgs } from 'node:util'
import { defaultKeyFile } from '../installation.js'
import { createLog } from '../log.js'
import type { Command } from '../main.js'
import { openConfig } from '../open-config.js'
import { madeLines } from '../welcome.js'
import { wire } from '../wire.js'

/** Serves MCP over standard input and output for one local client, with the rights of an API key, until the input ends. */
export const mcp: Command = async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string' },
      stdio: { type: 'boolean', default: false },
      key: { type: 'string' },
      endpoint: { type: 'string', default: 'default' },
    },
  })
  if (!values.stdio) {
    process.stderr.write('`gatehouse start` serves MCP over HTTP; this command serves it over --stdio\n')
    return 2
  }
  const apiKey = values.key ?? process.env.GATEHOUSE_API_KEY
  if (apiKey === undefined || apiKey === '') {
    process.stderr.write('Whose rights? Give an API key: --key KEY, or GATEHOUSE_API_KEY in the environment\n')
    return 2
  }
  const opened = openConfig(values.config)
  if (!opened) return 1
  const { config } = opened
  const log = createLog(config.log)
  const wired = await wire(config, {
    log,
    publicUrl: config.server.publicUrl,
    keyFile: defaultKeyFile,
    newKey: undefined,
  })
  try {
    await wired.host.start()
    // Standard output is the protocol's.
    for (const line of madeLines(wired.made)) process.stderr.write(`${line}\n`)
    await wired.mcp().stdio({ apiKey }, { input: process.stdin, output: process.stdout }, values.endpoint)
  } finally {
    // Also where the key is not good: what stays open would keep the process, and the client waiting.
    await wired.close()
  }
  return 0
}
