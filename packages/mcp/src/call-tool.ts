import { Failure, isJsonObject, type JsonObject, missingScope, suggest, toFailure } from '@gatehouse/core'
import { escapedTextOf, objectTextOf } from './answer-text.js'
import type { Guard } from './confirm.js'
import { failureText, malformed, ProtocolError } from './errors.js'
import { callOf, type Exchange } from './exchange.js'
import { callOperation } from './facade.js'
import { blockTexts, fileBlocks } from './file-blocks.js'
import { checkedInput } from './global-input.js'
import { requireParameterHeaders } from './mirror-headers.js'
import { escapedResult, type Parts, toolResult } from './result.js'
import type { AcrossTool, OperationTool } from './tool-set.js'

const noArguments: JsonObject = {}

/** `tools/call`: the arguments become a call, its answer becomes text. Each use leaves one audit event, also a refused one. */
export function callTool(exchange: Exchange): Promise<Parts> {
  const { params } = exchange
  const name = typeof params.name === 'string' ? params.name : ''
  const input = params.arguments ?? noArguments
  if (name === '') return refuse(exchange, '', malformed('`name` is the name of a tool'))
  if (!isJsonObject(input)) return refuse(exchange, name, malformed('`arguments` is a JSON object'))
  return callNamed(exchange, name, input)
}

function callNamed(exchange: Exchange, name: string, input: JsonObject): Promise<Parts> {
  const { server, view, principal } = exchange
  const tool = server.toolSets.find(view, principal, name)
  if (!tool) return refuse(exchange, name, unknownTool(exchange, name), input)
  if (tool.kind === 'operation') return callOperationTool(exchange, tool, input)
  if (tool.name !== callOperation) return callAcross(exchange, tool, input)
  // The facade's call is the real one from here on.
  return callMeant(exchange, tool, input)
}

async function callMeant(exchange: Exchange, { name, tool }: AcrossTool, input: JsonObject): Promise<Parts> {
  let real: OperationTool
  let meant: ReturnType<typeof meantBy>
  try {
    meant = meantBy(checkedInput(tool.input, input))
    real = realTool(exchange, meant.name)
  } catch (thrown) {
    const failure = toFailure(thrown)
    await exchange.server.pipeline.refuse(callOf(exchange, '', name, input), failure)
    return failed(exchange, failure)
  }
  return callOperationTool(exchange, real, meant.input)
}

/** `agreed`: as many rows a person has let it change. */
async function callOperationTool(
  exchange: Exchange,
  tool: OperationTool,
  input: JsonObject,
  agreed?: number,
): Promise<Parts> {
  const { server } = exchange
  const { operation } = tool
  if (tool.headerParameters.length > 0 && exchange.headers && exchange.era.resultEnvelope) {
    try {
      requireParameterHeaders(exchange.headers, tool.headerParameters, input)
    } catch (thrown) {
      await server.pipeline.refuse(callOf(exchange, operation.service, operation.name, input), thrown)
      throw thrown
    }
  }
  let guard: ReturnType<typeof server.confirmations.guard>
  try {
    guard = server.confirmations.guard(exchange, tool, input, agreed)
  } catch (thrown) {
    await server.pipeline.refuse(callOf(exchange, operation.service, operation.name, input), thrown)
    if (thrown instanceof ProtocolError) throw thrown
    return failed(exchange, toFailure(thrown))
  }
  try {
    const call = callOf(exchange, operation.service, operation.name, guard?.input ?? input, !tool.structured)
    const answer = await server.pipeline.execute(call)
    if (answer.kind === 'file') {
      const reading = { service: operation.service, asked: input, documents: server.documents, signal: exchange.signal }
      const { text, blocks } = blockTexts(await fileBlocks(answer, reading))
      return toolResult(server.envelopes.complete(exchange.era), { text, blocks })
    }
    if (tool.structured) {
      const text = await objectTextOf(answer)
      return toolResult(server.envelopes.complete(exchange.era), { text, structured: text })
    }
    const text = escapedTextOf(answer)
    return escapedResult(server.envelopes.complete(exchange.era), text instanceof Promise ? await text : text)
  } catch (thrown) {
    const failure = toFailure(thrown)
    if (!guard) return failed(exchange, failure)
    return confirmed(exchange, tool, input, guard, failure)
  }
}

/** What comes of a call that changes many rows: a question to the client, or the call itself once a person agreed. */
async function confirmed(
  exchange: Exchange,
  tool: OperationTool,
  input: JsonObject,
  guard: Guard,
  failure: Failure,
): Promise<Parts> {
  const { confirmations, pipeline } = exchange.server
  let asked: ReturnType<typeof confirmations.ask>
  try {
    asked = confirmations.ask(exchange, tool, input, guard, failure)
  } catch (refused) {
    return failed(exchange, toFailure(refused))
  }
  if (!(asked instanceof Promise)) return asked
  let agreed: number
  try {
    agreed = await asked
  } catch (refused) {
    await pipeline.refuse(callOf(exchange, tool.operation.service, tool.operation.name, input), refused)
    return failed(exchange, toFailure(refused))
  }
  return callOperationTool(exchange, tool, input, agreed)
}

async function callAcross(exchange: Exchange, tool: AcrossTool, input: JsonObject): Promise<Parts> {
  const { server } = exchange
  let answered = false
  try {
    const { text, rows, executed } = await tool.tool.run(checkedInput(tool.tool.input, input), exchange)
    answered = true
    if (!executed) await server.pipeline.answered?.(callOf(exchange, '', tool.name, input), rows)
    return toolResult(server.envelopes.complete(exchange.era), {
      text,
      ...(tool.tool.output !== undefined && { structured: text }),
    })
  } catch (thrown) {
    const failure = toFailure(thrown)
    if (!answered) await server.pipeline.refuse(callOf(exchange, '', tool.name, input), failure)
    return failed(exchange, failure)
  }
}

function failed(exchange: Exchange, failure: Failure): Parts {
  const { server, requestId } = exchange
  // A client of HTTP is told by the status, and asks its person for the scope.
  if (exchange.headers && missingScope(failure) !== undefined) throw failure
  if (failure.status >= 500) server.options.log.error({ request_id: requestId, err: failure }, failure.message)
  return toolResult(server.envelopes.complete(exchange.era), {
    text: [failureText(failure, requestId)],
    failed: true,
  })
}

/** Writes the event of a call that never became one, and throws what the client is told. */
async function refuse(exchange: Exchange, name: string, error: ProtocolError, input = noArguments): Promise<never> {
  await exchange.server.pipeline.refuse(callOf(exchange, '', name, input), new Failure('invalid', error.message))
  throw error
}

function unknownTool(exchange: Exchange, name: string): ProtocolError {
  const { tools } = exchange.server.toolSets.current(exchange.view, exchange.principal)
  return malformed(`Unknown tool: ${name.slice(0, 100)}. ${suggest(name, 'Tools', tools.keys())}`)
}

function realTool(exchange: Exchange, name: string): OperationTool {
  const tool = exchange.server.toolSets.find(exchange.view, exchange.principal, name)
  if (tool?.kind === 'operation') return tool
  const { operationTools } = exchange.server.toolSets.current(exchange.view, exchange.principal)
  const names = operationTools.map(({ name: known }) => known)
  throw new Failure('not_found', `There is no operation \`${name.slice(0, 100)}\``, {
    hint: suggest(name, 'Operations', names),
  })
}

function meantBy(input: JsonObject): { readonly name: string; readonly input: JsonObject } {
  const args = input.arguments ?? noArguments
  if (typeof input.name !== 'string' || !isJsonObject(args)) {
    throw new Failure('invalid', '`name` is a text and `arguments` is a JSON object')
  }
  return { name: input.name, input: input.dry_run === true ? { ...args, dry_run: true } : args }
}
