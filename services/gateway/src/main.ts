import cluster from 'node:cluster'
import { audit } from './commands/audit.js'
import { check } from './commands/check.js'
import { mcp } from './commands/mcp.js'
import { openapi } from './commands/openapi.js'
import { rotateKey } from './commands/rotate-key.js'
import { start } from './commands/start.js'
import { tools } from './commands/tools.js'
import { whoCan } from './commands/who-can.js'
import { version } from './version.js'

/** A command: its words after its name, to an exit code. */
export type Command = (args: readonly string[]) => Promise<number>

const commands: Readonly<Record<string, { readonly run: Command; readonly usage: string; readonly does: string }>> = {
  start: { run: start, usage: 'start [--port N] [--new-key NAME]', does: 'serves REST, OpenAPI and MCP' },
  check: { run: check, usage: 'check', does: 'validates the configuration and connects to each service' },
  openapi: { run: openapi, usage: 'openapi SERVICE [--role ROLE]', does: 'prints the OpenAPI document' },
  tools: { run: tools, usage: 'tools [--role ROLE] [--json]', does: 'lists the MCP tools' },
  'who-can': { run: whoCan, usage: 'who-can ROLE [--json]', does: 'lists what a role may do' },
  mcp: {
    run: mcp,
    usage: 'mcp --stdio [--key KEY] [--endpoint NAME]',
    does: 'serves MCP over standard input and output',
  },
  'rotate-key': { run: rotateKey, usage: 'rotate-key', does: 'makes a new key and seals every secret anew with it' },
  audit: { run: audit, usage: 'audit verify [--file FILE]', does: 'checks that no audit event was removed or changed' },
}

function usage(): string {
  const width = Math.max(...Object.values(commands).map((command) => command.usage.length))
  const lines = Object.values(commands).map(({ usage: words, does }) => `  gatehouse ${words.padEnd(width)}  ${does}`)
  return `Gatehouse ${version}: databases as governed REST APIs and MCP tools\n\n${lines.join('\n')}\n\nEach takes --config FILE (default: gatehouse.yaml, else config/gatehouse.yaml).\n`
}

/** Runs the command line. Answers the exit code: 0 done, 1 failed, 2 the words were wrong. */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(usage())
    return 0
  }
  if (name === '--version' || name === 'version') {
    process.stdout.write(`${version}\n`)
    return 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) {
    process.stderr.write(`There is no command \`${name}\`.\n\n${usage()}`)
    return 2
  }
  try {
    return await command.run(rest)
  } catch (thrown) {
    if (thrown instanceof TypeError && 'code' in thrown && String(thrown.code).startsWith('ERR_PARSE_ARGS')) {
      process.stderr.write(`${thrown.message}\nUsage: gatehouse ${command.usage}\n`)
      return 2
    }
    process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`)
    return 1
  } finally {
    // A worker's channel to the process that started it would keep it alive.
    if (cluster.isWorker) process.disconnect?.()
  }
}
