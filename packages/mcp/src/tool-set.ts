import type { Operation, Pipeline, Principal, Service } from '@gatehouse/core'
import { shows, type View } from './endpoint.js'
import { facadeTools } from './facade.js'
import type { GlobalTool } from './global-tool.js'
import { globalTools } from './global-tools.js'
import { type HeaderParameter, headerParametersOf } from './mirror-headers.js'
import { toolName, toolPrefixes } from './tool-names.js'
import { definitionOf, isStructured, readsOnly, type ToolDefinition } from './tools.js'

/** A tool that is one operation of one service. */
export interface OperationTool {
  readonly kind: 'operation'
  readonly name: string
  readonly operation: Operation
  /** The service's operations that it was made from; while the pipeline answers the same array, it is current. */
  readonly operations: readonly Operation[]
  readonly structured: boolean
  readonly headerParameters: readonly HeaderParameter[]
  readonly definition: ToolDefinition
}

export interface AcrossTool {
  readonly kind: 'global'
  readonly name: string
  readonly tool: GlobalTool
  readonly definition: ToolDefinition
}

/** What one view offers to the callers of one scope. */
export interface ToolSet {
  readonly services: readonly Service[]
  readonly sources: ReadonlyMap<string, readonly Operation[]>
  /** Every tool that can be called by its name, also those behind the facade. */
  readonly tools: ReadonlyMap<string, OperationTool | AcrossTool>
  /** Those of one operation each, of the tools that can be called. */
  readonly operationTools: readonly OperationTool[]
  /** Those behind the tools across services, whichever the URL chose to be called by name. */
  readonly allOperationTools: readonly OperationTool[]
  /** The definitions would be too long, so that the list has tools to find and call the others. */
  readonly facade: boolean
  /** `"tools":[...]` */
  readonly listText: string
}

/** About four characters of JSON make a token. */
const longestList = 8000 * 4

const reserved: ReadonlySet<string> = new Set([...globalTools, ...facadeTools].map((tool) => tool.name))

export interface ToolSets {
  /** What the principal may use in this view, made anew when its operations have changed. */
  current(view: View, principal: Principal): ToolSet
  /** One tool, checking only that its own service has not changed. */
  find(view: View, principal: Principal, name: string): OperationTool | AcrossTool | undefined
}

/** Tool sets by view and scope. Those used longest ago are dropped. */
export function createToolSets(pipeline: Pipeline): ToolSets {
  const made = new Map<string, ToolSet>()

  const keep = (key: string, set: ToolSet) => {
    made.delete(key)
    made.set(key, set)
    if (made.size > 256) for (const oldest of [...made.keys()].slice(0, 64)) made.delete(oldest)
    return set
  }

  const current = (view: View, principal: Principal): ToolSet => {
    const key = `${view.key}${principal.scope}`
    const services = pipeline.services(principal, 'mcp').filter((service) => shows(view, service.name))
    const sources = new Map(services.map(({ name }) => [name, pipeline.operations(principal, name, 'mcp')]))
    const known = made.get(key)
    if (known && same(known, services, sources)) return known
    return keep(key, toolSetOf(view, services, sources))
  }

  return {
    current,
    find: (view, principal, name) => {
      const tool = made.get(`${view.key}${principal.scope}`)?.tools.get(name)
      if (tool?.kind === 'operation') {
        const { service } = tool.operation
        if (pipeline.operations(principal, service, 'mcp') === tool.operations) return tool
      }
      return current(view, principal).tools.get(name)
    },
  }
}

function same(
  known: ToolSet,
  services: readonly Service[],
  sources: ReadonlyMap<string, readonly Operation[]>,
): boolean {
  if (known.services.length !== services.length) return false
  // The words that are shown may change while operations do not.
  const alike = known.services.every((old, i) => {
    const now = services[i]
    return now?.name === old.name && now.label === old.label && now.description === old.description
  })
  if (!alike) return false
  for (const [name, operations] of sources) if (known.sources.get(name) !== operations) return false
  return true
}

function toolSetOf(
  view: View,
  services: readonly Service[],
  sources: ReadonlyMap<string, readonly Operation[]>,
): ToolSet {
  const offered = new Map(
    [...sources].map(([name, operations]) => [
      name,
      operations.filter((o) => o.surfaces.includes('mcp') && (!view.settings.read_only || readsOnly(o))),
    ]),
  )
  const prefixes = toolPrefixes(
    [...offered].map(([name, operations]) => ({ name, operations })),
    reserved,
  )
  const all = [...offered].flatMap(([service, operations]) =>
    operations.map((operation) =>
      operationTool(toolName(prefixes.get(service) ?? service, operation.name), operation, sources.get(service) ?? []),
    ),
  )
  const across = globalTools.filter((tool) => tool.offered(all)).map(acrossTool)
  const found = facadeTools.map(acrossTool)
  const chosen = view.tools
  if (chosen) {
    const listed = [...found, ...across, ...all].filter((tool) => chosen.has(tool.name))
    const operationTools = all.filter((tool) => chosen.has(tool.name))
    return {
      services,
      sources,
      tools: byName(listed),
      operationTools,
      allOperationTools: all,
      facade: false,
      listText: listTextOf(listed),
    }
  }
  const whole = listTextOf([...across, ...all])
  const facade = whole.length > longestList
  return {
    services,
    sources,
    tools: byName([...(facade ? found : []), ...across, ...all]),
    operationTools: all,
    allOperationTools: all,
    facade,
    listText: facade ? listTextOf([...found, ...across]) : whole,
  }
}

function operationTool(name: string, operation: Operation, operations: readonly Operation[]): OperationTool {
  return {
    kind: 'operation',
    name,
    operation,
    operations,
    structured: isStructured(operation),
    headerParameters: headerParametersOf(operation.input),
    definition: definitionOf(name, operation),
  }
}

function acrossTool(tool: GlobalTool): AcrossTool {
  const { name, title, description, input } = tool
  const reads = tool.readOnly
  return {
    kind: 'global',
    name,
    tool,
    definition: {
      name,
      title,
      description,
      inputSchema: input,
      ...(tool.output && { outputSchema: tool.output }),
      annotations: { readOnlyHint: reads, destructiveHint: !reads, idempotentHint: reads, openWorldHint: false },
    },
  }
}

function byName<T extends { readonly name: string }>(tools: readonly T[]): ReadonlyMap<string, T> {
  return new Map(tools.map((tool) => [tool.name, tool]))
}

function listTextOf(tools: readonly { readonly definition: ToolDefinition }[]): string {
  return `"tools":${JSON.stringify(tools.map((tool) => tool.definition))}`
}
