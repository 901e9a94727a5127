import { parseArgs } from 'node:util'
import { createMcp } from '@gatehouse/mcp'
import type { Command } from '../main.js'
import { openOffline } from '../offline.js'
import { openConfig } from '../open-config.js'
import { requestIds } from '../request-ids.js'
import { version } from '../version.js'
import { knownRole } from './known-role.js'

/** Lists the MCP tools of an endpoint: all, or those that a role is given. */
export const tools: Command = async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string' },
      role: { type: 'string' },
      endpoint: { type: 'string', default: 'default' },
      json: { type: 'boolean', default: false },
    },
  })
  const opened = openConfig(values.config)
  if (!opened) return 1
  const { config } = opened
  if (!knownRole(config, values.role)) return 2
  const { host, pipeline } = await openOffline(config, values.role)
  const mcp = createMcp({
    pipeline,
    endpoints: config.mcp,
    publicUrl: config.server.publicUrl,
    allowedHosts: [],
    allowedOrigins: [],
    bodyLimit: config.server.bodyLimit,
    newRequestId: requestIds(),
    serverInfo: { name: 'gatehouse', version },
    log: { warn: () => undefined, error: () => undefined },
  })
  const described = await mcp.describe({}, values.endpoint)
  if (values.json) process.stdout.write(`${JSON.stringify(described, null, 2)}\n`)
  else {
    const width = Math.max(0, ...described.tools.map((tool) => tool.name.length))
    for (const { name, description } of described.tools) {
      process.stdout.write(`${name.padEnd(width)}  ${description.split(/(?<=\.)\s|\n/)[0] ?? ''}\n`)
    }
    if (described.facade)
      process.stdout.write('\nThe list is long: clients get find_operations, describe_operation and call_operation.\n')
  }
  mcp.close()
  await host.close()
  return 0
}
