import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type Call,
  type Credentials,
  clientSignal,
  Failure,
  type Principal,
  readBody,
  takeRest,
  toFailure,
} from '@gatehouse/core'
import { type Asks, createAsks } from './asks.js'
import type { View, ViewOf } from './endpoint.js'
import type { Server } from './exchange.js'
import { answerBody } from './http-body.js'
import { credentialsOf, headerOf, mirrorHeadersOf, sendFailure, unfit } from './http-caller.js'
import { createHttpChannel } from './http-channel.js'
import { corsHeaders, type OriginCheck, preflightHeaders } from './origin.js'

/** One POST to an endpoint of ours, from where it may come. */
export interface HttpRequest {
  readonly server: Server
  readonly asks: Asks
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly view: View
  readonly requestId: string
  readonly credentials: Credentials
  /** Sent with every answer. */
  readonly headers: Readonly<Record<string, string>>
}

/** MCP over HTTP (Streamable HTTP without sessions): answers the requests of its routes, and is false for all others. */
export function createHttp(server: Server, viewOf: ViewOf, allowed: OriginCheck) {
  const asks = createAsks()
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const view = viewOf(request.url ?? '')
    if (view === undefined) return false
    const requestId = server.options.newRequestId()
    if (!allowed(request)) {
      const failure = new Failure('forbidden', 'This Host or Origin is not allowed')
      sendFailure(response, { 'X-Request-Id': requestId }, failure)
      return true
    }
    const { origin } = request.headers
    const headers = { 'X-Request-Id': requestId, ...(origin !== undefined && corsHeaders(origin)) }
    if (view === 'unknown') sendFailure(response, headers, new Failure('not_found', 'There is no such MCP endpoint'))
    else if (request.method === 'OPTIONS') response.writeHead(204, { ...headers, ...preflightHeaders }).end()
    else {
      const credentials = credentialsOf(request, view, server.options.home)
      accept({ server, asks, request, response, view, requestId, credentials, headers })
    }
    return true
  }
}

function accept(http: HttpRequest): void {
  const { server, request, response, headers, requestId, credentials } = http
  const failure = unfit(request)
  // Who shows nothing is told where to get a token, whatever it sends: clients find out by any request.
  if (failure && (credentials.apiKey ?? credentials.bearer) !== undefined) {
    sendFailure(response, failure.code === 'method_not_allowed' ? { ...headers, Allow: 'POST' } : headers, failure)
    return
  }
  serve(http).catch((cause: unknown) => {
    server.options.log.error({ request_id: requestId, err: cause }, 'An MCP request failed')
    sendFailure(response, headers, toFailure(cause))
  })
}

/** Who is it, before its body is read; then what does it want. */
async function serve(http: HttpRequest): Promise<void> {
  const { server, asks, request, response, view, requestId, credentials, headers } = http
  let principal: Principal
  try {
    const known = server.pipeline.authenticate(credentials)
    principal = known instanceof Promise ? await known : known
  } catch (thrown) {
    await refuseCaller(http, toFailure(thrown))
    return
  }
  let body: string
  try {
    body = (await readBody(request, server.options.bodyLimit)).toString('utf8')
  } catch (thrown) {
    const failure = toFailure(thrown)
    // Who went away while sending is told nothing.
    if (failure.code === 'cancelled') return
    await server.pipeline.refuse(refusedCall(http, 'message'), failure)
    sendFailure(response, headers, failure)
    takeRest(request)
    return
  }
  const signal = clientSignal(request.socket)
  const channel = createHttpChannel(request, response, headers, { asks, principal: principal.id, signal })
  const caller = {
    http,
    server,
    view,
    credentials,
    principal,
    requestId,
    headers: mirrorHeadersOf(request),
    signal,
    channel,
    client: headerOf(request, 'user-agent')?.slice(0, 100),
    // Without a session nobody remembers them.
    clientCapabilities: undefined,
  }
  const answer = await answerBody(caller, body)
  if (answer?.scope !== undefined) {
    const scope = [...new Set([...(principal.scopes ?? []), answer.scope])].join(' ')
    const more = { 'WWW-Authenticate': challengeOf(http, { error: 'insufficient_scope', scope }) }
    channel.finish(answer.status, answer.body, more)
  } else if (answer) channel.finish(answer.status, answer.body)
  else response.writeHead(202, headers).end()
}

async function refuseCaller(http: HttpRequest, failure: Failure): Promise<void> {
  const { server, request, response, headers, credentials } = http
  const name = headerOf(request, 'mcp-name') ?? headerOf(request, 'mcp-method') ?? 'authenticate'
  await server.pipeline.refuse(refusedCall(http, name), failure)
  if (failure.code !== 'unauthenticated') {
    sendFailure(response, headers, failure)
    return
  }
  const shown = credentials.apiKey ?? credentials.bearer
  const challenge = challengeOf(http, shown === undefined ? {} : { error: 'invalid_token' })
  sendFailure(response, { ...headers, 'WWW-Authenticate': challenge }, failure)
}

/** RFC 6750, 3: what is missing, and where to get it. `scope`: instead of those that the endpoint asks for at first. */
function challengeOf({ server, view }: HttpRequest, { error, scope }: { error?: string; scope?: string }): string {
  const known = server.options.challenge?.(view.endpoint)
  const parameters = {
    realm: 'gatehouse',
    error,
    scope: scope ?? known?.scope,
    resource_metadata: known?.resourceMetadata,
  }
  const texts = Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : `${name}="${value}"`))
  return `Bearer ${texts.join(', ')}`
}

/** A call that never became one, for the audit. */
export function refusedCall(http: HttpRequest, operation: string): Omit<Call, 'signal'> {
  const { credentials, requestId, request } = http
  const client = headerOf(request, 'user-agent')?.slice(0, 100)
  return {
    surface: 'mcp',
    credentials,
    service: '',
    operation: operation.slice(0, 100),
    input: {},
    requestId,
    ...(client !== undefined && { client }),
  }
}
