import { Failure, suggest } from '@gatehouse/core'
import { acrossTools } from './across.js'
import { shows } from './endpoint.js'
import { currentSet, dryRunProperty, type GlobalTool, local } from './global-tool.js'
import { listOutput } from './tools.js'

const listApis: GlobalTool = {
  name: 'list_apis',
  title: 'List services',
  description:
    'Lists the databases and storages that you can reach, with name, type and description. Call it first when you do ' +
    'not know which service has what you need. Example: {}',
  input: { type: 'object', properties: { dry_run: dryRunProperty }, additionalProperties: false },
  output: listOutput,
  readOnly: true,
  offered: () => true,
  run: (_input, exchange) => {
    const { server, view, principal } = exchange
    const services = server.pipeline.services(principal, 'mcp').filter((service) => shows(view, service.name))
    return local(
      services.map(({ name, label, type, description, state }) => ({ name, label, type, description, state })),
    )
  },
}

const listTools: GlobalTool = {
  name: 'list_tools',
  title: 'List tools',
  description:
    'Lists the name and purpose of each tool that you may call, of all services or of one. Use it when the list of ' +
    'tools that you were given may be cut. Example: {"service":"salesdb"}',
  input: {
    type: 'object',
    properties: {
      service: { type: 'string', description: 'Name of one service, as in list_apis' },
      dry_run: dryRunProperty,
    },
    additionalProperties: false,
  },
  output: listOutput,
  readOnly: true,
  offered: () => true,
  run: (input, exchange) => {
    const { operationTools, services } = currentSet(exchange)
    const names = services.map(({ name }) => name)
    const { service } = input
    if (typeof service === 'string' && !names.includes(service)) {
      throw new Failure('not_found', `There is no service \`${service.slice(0, 100)}\``, {
        hint: suggest(service, 'Services', names),
      })
    }
    const tools = operationTools.filter(({ operation }) => service === undefined || operation.service === service)
    return local(tools.map(({ name, operation }) => ({ name, summary: operation.summary })))
  },
}

export const globalTools: readonly GlobalTool[] = [listApis, listTools, ...acrossTools]
