import { Failure, missingScope, toFailure } from '@gatehouse/core'
import { callTool } from './call-tool.js'
import { discover, initialize, ping } from './capabilities.js'
import { type Era, handshake, stateless } from './era.js'
import { errorCode, ProtocolError } from './errors.js'
import type { Exchange } from './exchange.js'
import { fixtureAnswer } from './fixture-calls.js'
import { listen } from './listen.js'
import { listTools } from './lists.js'
import { withProgress } from './progress.js'
import { getPrompt, listPrompts } from './prompts.js'
import { complete, listResources, listResourceTemplates, readResource } from './resources.js'
import type { Parts } from './result.js'

/** Answers one method: with the JSON text of its result, or by throwing a ProtocolError. */
interface Method {
  readonly eras: readonly Era[]
  handle(exchange: Exchange): Parts | Promise<Parts>
}

const both = [stateless, handshake]

/** What we answer. A method that is not here, or not in the request's era, is not found. */
const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['server/discover', { eras: [stateless], handle: discover }],
  ['subscriptions/listen', { eras: [stateless], handle: listen }],
  ['initialize', { eras: [handshake], handle: initialize }],
  ['ping', { eras: [handshake], handle: ping }],
  ['tools/list', { eras: both, handle: listTools }],
  ['tools/call', { eras: both, handle: (exchange) => withProgress(exchange, callTool) }],
  ['resources/list', { eras: both, handle: listResources }],
  ['resources/templates/list', { eras: both, handle: listResourceTemplates }],
  ['resources/read', { eras: both, handle: readResource }],
  ['prompts/list', { eras: both, handle: listPrompts }],
  ['prompts/get', { eras: both, handle: getPrompt }],
  ['completion/complete', { eras: both, handle: complete }],
])

/** Whether a method exists in an era, so that a request can be refused before anything is done for it. */
function knows(exchange: Pick<Exchange, 'server'>, era: Era, method: string): boolean {
  if (methods.get(method)?.eras.includes(era)) return true
  return exchange.server.options.fixture?.methods.get(method)?.eras.includes(era.name) ?? false
}

/** The result of a request. */
export function answer(exchange: Exchange): Parts | Promise<Parts> {
  const { era, method, server } = exchange
  if (!knows(exchange, era, method)) {
    throw new ProtocolError(errorCode.methodNotFound, `Method not found: ${method.slice(0, 100)}`, {
      status: era.methodNotFoundStatus,
    })
  }
  const fixture = server.options.fixture && fixtureAnswer(exchange)
  if (fixture) return fixture
  const known = methods.get(method)
  if (!known) throw new Failure('internal', 'A fixture has no answer')
  return known.handle(exchange)
}

/** What a client is told of anything that was thrown while it was answered. */
export function toProtocolError({ server, requestId }: Exchange, thrown: unknown): ProtocolError {
  if (thrown instanceof ProtocolError) return thrown
  const failure = toFailure(thrown)
  const scope = missingScope(failure)
  if (scope !== undefined) {
    return new ProtocolError(errorCode.invalidRequest, failure.message, { status: 403, scope, data: { scope } })
  }
  server.options.log.error({ request_id: requestId, err: failure.cause ?? failure }, failure.message)
  return new ProtocolError(errorCode.internal, failure.message, { data: { code: failure.code } })
}
