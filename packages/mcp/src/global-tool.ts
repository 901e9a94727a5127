import type { JsonObject, JsonText, ObjectSchema } from '@gatehouse/core'
import type { Exchange } from './exchange.js'
import type { OperationTool, ToolSet } from './tool-set.js'

/** A tool that belongs to no service. */
export interface GlobalTool {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: ObjectSchema
  /** Where its answer is sent as structured content too. */
  readonly output?: object
  readonly readOnly: boolean
  /** Whether there is anything for it to do. */
  offered(tools: readonly OperationTool[]): boolean
  run(input: JsonObject, exchange: Exchange): GlobalAnswer | Promise<GlobalAnswer>
}

export interface GlobalAnswer {
  readonly text: readonly JsonText[]
  readonly rows: number
  /** Operations were executed for it, so that the audit has their events already. */
  readonly executed: boolean
}

/** Every tool takes it. Tools that only read the catalog touch nothing either way. */
export const dryRunProperty = { type: 'boolean', description: 'True: only check the call' } as const

export function currentSet(exchange: Exchange): ToolSet {
  return exchange.server.toolSets.current(exchange.view, exchange.principal)
}

/** An answer that needed no operation. */
export function local(resource: readonly object[]): GlobalAnswer {
  return { text: [JSON.stringify({ rows: resource.length, resource })], rows: resource.length, executed: false }
}
