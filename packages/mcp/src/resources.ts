import { Failure, type JsonObject, printJson, stringOf, toFailure } from '@gatehouse/core'
import { textOf } from './answer-text.js'
import { cacheHints } from './cache-hints.js'
import { errorCode, malformed, ProtocolError } from './errors.js'
import { callOf, type Exchange } from './exchange.js'
import { fileResources, fileResourceTemplate, fileTools, pathsBeginning, readFileResource } from './file-resources.js'
import { fileTemplate, readFileUri } from './file-uri.js'
import { currentSet } from './global-tool.js'
import { oneLine } from './instructions.js'
import { membersResult, type Parts, valueResult } from './result.js'
import type { OperationTool } from './tool-set.js'

/** What a table is like, as text for a model to have at hand: `gatehouse://{service}/schema/{table}`. */
const template = 'gatehouse://{service}/schema/{table}'
const schemaOperation = 'get_table_schema'
const pageSize = 500

/** `resources/list`: one for each table that the caller may see, and the first files of each storage. */
export async function listResources(exchange: Exchange): Promise<Parts> {
  const tables = schemaTools(exchange).flatMap((tool) => tablesOf(exchange, tool))
  const all = [...fixtureResources(exchange), ...tables, ...(await fileResources(exchange))]
  const start = cursorOf(exchange.params.cursor)
  if (start > all.length) throw malformed('`cursor` is not one of ours')
  const next = start + pageSize < all.length ? { nextCursor: String(start + pageSize) } : {}
  const value: JsonObject = { resources: all.slice(start, start + pageSize), ...next, ...cacheHints(exchange.era) }
  return valueResult(exchange.server.envelopes.complete(exchange.era), value)
}

/** `resources/templates/list` */
export function listResourceTemplates(exchange: Exchange): Parts {
  const own =
    schemaTools(exchange).length === 0
      ? []
      : [
          {
            uriTemplate: template,
            name: 'table_schema',
            title: 'Schema of a table',
            description: 'Columns, keys and relationships of one table of one service',
            mimeType: 'application/json',
          },
        ]
  const files = fileTools(exchange).length === 0 ? [] : [fileResourceTemplate]
  const resourceTemplates = [...(exchange.server.options.fixture?.resourceTemplates ?? []), ...own, ...files]
  const value: JsonObject = { resourceTemplates, ...cacheHints(exchange.era) }
  return valueResult(exchange.server.envelopes.complete(exchange.era), value)
}

/** `resources/read`: the same call as the tool that shows a table. */
export async function readResource(exchange: Exchange): Promise<Parts> {
  const { uri } = exchange.params
  if (typeof uri !== 'string') throw malformed('`uri` is a text')
  const { server } = exchange
  const file = readFileUri(uri)
  if (file) return readFile(exchange, uri, file)
  const named = /^gatehouse:\/\/([^/]+)\/schema\/([^/]+)$/.exec(uri)
  const service = decoded(named?.[1])
  const table = decoded(named?.[2])
  const tool = schemaTools(exchange).find(({ operation }) => operation.service === service)
  if (!tool || service === undefined || table === undefined) {
    const failure = new Failure('not_found', 'There is no such resource')
    await server.pipeline.refuse(callOf(exchange, service ?? '', 'read_resource', { uri }), failure)
    throw notThere(exchange, uri)
  }
  try {
    const answer = await server.pipeline.execute(callOf(exchange, service, schemaOperation, { table_name: table }))
    const text = (await textOf(answer)).map(stringOf).join('')
    const contents = [{ uri, mimeType: 'application/json', text }]
    const value: JsonObject = { contents, ...cacheHints(exchange.era) }
    return valueResult(server.envelopes.complete(exchange.era), value)
  } catch (thrown) {
    const failure = toFailure(thrown)
    if (failure.code === 'not_found' || failure.code === 'forbidden') throw notThere(exchange, uri)
    throw new ProtocolError(errorCode.internal, failure.message, { data: { code: failure.code } })
  }
}

async function readFile(
  exchange: Exchange,
  uri: string,
  file: { readonly service: string; readonly path: string },
): Promise<Parts> {
  const { server } = exchange
  if (!fileTools(exchange).some(({ operation }) => operation.service === file.service)) {
    const failure = new Failure('not_found', 'There is no such resource')
    await server.pipeline.refuse(callOf(exchange, file.service, 'read_resource', { uri }), failure)
    throw notThere(exchange, uri)
  }
  try {
    const value: JsonObject = {
      contents: [await readFileResource(exchange, uri, file)],
      ...cacheHints(exchange.era),
    }
    return valueResult(server.envelopes.complete(exchange.era), value)
  } catch (thrown) {
    const failure = toFailure(thrown)
    if (failure.status < 500 && failure.code !== 'too_large') throw notThere(exchange, uri)
    throw new ProtocolError(errorCode.internal, failure.message, { data: { code: failure.code } })
  }
}

/** `completion/complete`: services, tables and paths of the templates, by their beginning. */
export async function complete(exchange: Exchange): Promise<Parts> {
  const { params, server, era } = exchange
  const { ref, argument, context } = params as Readonly<Record<string, JsonObject | undefined>>
  if (typeof argument?.name !== 'string' || typeof argument.value !== 'string' || ref === undefined) {
    throw malformed('`ref` and `argument` with `name` and `value` are needed')
  }
  const { fixture } = server.options
  const envelope = server.envelopes.complete(era)
  if (ref.uri !== template && ref.uri !== fileTemplate) {
    return valueResult(envelope, fixture?.complete(params) ?? { completion: { values: [], total: 0, hasMore: false } })
  }
  const given = (context?.arguments ?? {}) as JsonObject
  const begins = argument.value.toLowerCase()
  const known =
    ref.uri === template
      ? candidates(exchange, argument.name, given.service)
      : await fileCandidates(exchange, argument.name, argument.value, given.service)
  const all = known.filter((name) => name.toLowerCase().startsWith(begins))
  const completion = { values: all.slice(0, 100), total: all.length, hasMore: all.length > 100 }
  return membersResult(envelope, `"completion":${printJson(completion)}`)
}

function candidates(exchange: Exchange, argument: string, service: unknown): readonly string[] {
  const tools = schemaTools(exchange)
  if (argument === 'service') return tools.map(({ operation }) => operation.service)
  if (argument !== 'table') return []
  const chosen = tools.filter(({ operation }) => service === undefined || operation.service === service)
  return [...new Set(chosen.flatMap((tool) => tableNames(exchange, tool)))]
}

async function fileCandidates(exchange: Exchange, argument: string, text: string, service: unknown) {
  const services = fileTools(exchange).map(({ operation }) => operation.service)
  if (argument === 'service') return services
  const [only, ...others] = services.filter((name) => service === undefined || name === service)
  // Of which service the path is has to be said first, where there are several.
  if (argument !== 'path' || only === undefined || others.length > 0) return []
  return pathsBeginning(exchange, only, text)
}

function schemaTools(exchange: Exchange): readonly OperationTool[] {
  return currentSet(exchange).allOperationTools.filter(({ operation }) => operation.name === schemaOperation)
}

function tableNames(exchange: Exchange, tool: OperationTool): readonly string[] {
  const { catalog } = exchange.server.pipeline
  return [...catalog(exchange.principal, tool.operation.service, 'mcp').tables.keys()]
}

function tablesOf(exchange: Exchange, { operation: { service } }: OperationTool): readonly JsonObject[] {
  const { tables } = exchange.server.pipeline.catalog(exchange.principal, service, 'mcp')
  return [...tables.values()].map((table) => ({
    uri: `gatehouse://${encodeURIComponent(service)}/schema/${encodeURIComponent(table.name)}`,
    name: `${service}.${table.name}`,
    title: oneLine(table.label ?? table.name),
    description: oneLine(`Columns, keys and relationships of a ${table.kind}${comment(table.comment)}`),
    mimeType: 'application/json',
  }))
}

/** What somebody wrote into the database or the configuration: said to be theirs, since a model reads it. */
function comment(text: string | undefined): string {
  return text === undefined ? '' : `. Comment: ${text}`
}

function fixtureResources(exchange: Exchange): readonly JsonObject[] {
  return exchange.server.options.fixture?.resources().map(({ definition }) => definition) ?? []
}

function cursorOf(cursor: unknown): number {
  if (cursor === undefined) return 0
  if (typeof cursor !== 'string' || !/^\d{1,9}$/.test(cursor)) throw malformed('`cursor` is not one of ours')
  return Number(cursor)
}

function decoded(part: string | undefined): string | undefined {
  try {
    return part === undefined ? undefined : decodeURIComponent(part)
  } catch {
    return undefined
  }
}

function notThere(exchange: Exchange, uri: string): ProtocolError {
  return new ProtocolError(exchange.era.resourceNotFoundCode, 'Resource not found', { data: { uri } })
}
