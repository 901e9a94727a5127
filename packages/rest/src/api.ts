import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Call, Failure, type Principal, toFailure } from '@gatehouse/core'
import { credentialsOf } from './credentials.js'
import { errorReply } from './error-reply.js'
import { noneMatchNames } from './etag.js'
import type { Exchange } from './exchange.js'
import { findRoute } from './find-route.js'
import { fingerprintOf, idempotencyKey, onceOnly } from './idempotency.js'
import { memoryIdempotency } from './memory-idempotency.js'
import { isMethod, type Verb, verbOf } from './method.js'
import type { RestOptions } from './options.js'
import { allMethods, createDoor, preflightHeaders } from './origin.js'
import { documentAll, listServices, type Overview } from './overview.js'
import { hasBody, readBody } from './read-body.js'
import { readInput } from './read-input.js'
import { render } from './render.js'
import { plainRequestId, requestIds } from './request-id.js'
import { send, sendEmpty } from './send.js'
import { CutShort, sendStream } from './send-stream.js'
import { readTarget, type Target } from './target.js'

/** What is known of a call so far: the more, the later it fails. */
type CallDraft = { -readonly [K in keyof Omit<Call, 'signal'>]: Omit<Call, 'signal'>[K] }

/** Serves `/api/v2` and all below it. One straight line from a request to its answer. */
export function createApi(options: RestOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const { pipeline, log, bodyLimit } = options
  const door = createDoor(options)
  const newRequestId = options.newRequestId ?? requestIds()
  const answers = options.idempotency ?? memoryIdempotency()

  return (request, response) => {
    const exchange: Exchange = {
      request,
      response,
      requestId: plainRequestId(request.headers['x-request-id'] as string | undefined) ?? newRequestId(),
      started: performance.now(),
      originHeaders: [],
    }
    serve(exchange).catch((cause: unknown) => {
      log.error({ request_id: exchange.requestId, err: cause }, 'An answer could not be sent')
      response.destroy()
    })
  }

  async function serve(exchange: Exchange): Promise<void> {
    const { request, requestId } = exchange
    const client = request.headers['user-agent']
    const call: CallDraft = {
      surface: 'rest',
      credentials: credentialsOf(request),
      service: '',
      operation: '',
      input: {},
      requestId,
      ...(client !== undefined && { client }),
    }
    // Whatever fails before the pipeline has the call is told to it, so that it is audited.
    const progress = { executing: false }
    try {
      door.host(request)
      exchange.originHeaders = door.origin(request)
      if (request.method === 'OPTIONS') return sendPreflight(exchange)
      if (!isMethod(request.method)) throw unknownMethod()
      const target = readTarget(request.url ?? '')
      call.service = target.segments[0] ?? ''
      const verb = verbOf(request, target.query)
      const known = pipeline.authenticate(call.credentials)
      const principal = known instanceof Promise ? await known : known
      const overview = overviewOf(target, verb, principal)
      if (overview) return await sendOverview(exchange, call, overview)
      await answer(exchange, call, target, verb, principal, progress)
    } catch (thrown) {
      if (thrown instanceof CutShort) {
        log.error({ request_id: requestId, err: thrown.cause }, thrown.message)
        return
      }
      await fail(exchange, call, thrown, progress.executing)
    }
  }

  async function answer(
    exchange: Exchange,
    call: CallDraft,
    { segments, query }: Target,
    verb: Verb,
    principal: Principal,
    progress: { executing: boolean },
  ): Promise<void> {
    const { request, response, requestId } = exchange
    if (segments[0] === 'api_docs') {
      call.service = segments[1] ?? ''
      call.operation = 'get_api_spec'
      if (verb.method !== 'GET' || segments.length > 2) throw new Failure('not_found', 'There is nothing at this path')
    }
    const described = call.operation !== ''
    const found = described ? undefined : findRoute(pipeline, principal, segments, verb.method)
    if (found) call.operation = found.route.operation.name
    const body = request.method !== 'GET' && hasBody(request) ? await readBody(request, bodyLimit) : undefined
    if (found) call.input = readInput(found, request, query, verb, body).input

    const controller = new AbortController()
    response.on('close', () => {
      if (!response.writableFinished) controller.abort()
    })
    const run = () => {
      progress.executing = true
      return pipeline.execute({ ...call, signal: controller.signal })
    }

    const key = request.method === 'POST' ? idempotencyKey(request.headers['idempotency-key']) : undefined
    if (key !== undefined && found && found.route.operation.effect !== 'read') {
      const fingerprint = fingerprintOf(verb.method, request.url ?? '', body ?? Buffer.alloc(0))
      const once = { store: answers, principal: principal.id, key, fingerprint, requestId }
      const { reply, replayed } = await onceOnly(once, async () => {
        const result = await run()
        if (result.kind === 'stream')
          throw new Failure('unsupported', 'A stream cannot be kept for its Idempotency-Key')
        return render(result, call.input)
      })
      if (replayed) await pipeline.answered?.(call, 0)
      return send(exchange, reply)
    }

    const result = await run()
    if (result.kind === 'stream') return sendStream(exchange, result, call.input)
    const reply = render(result, call.input)
    const noneMatch = request.headers['if-none-match']
    if (noneMatch !== undefined && result.kind === 'record' && result.etag !== undefined && verb.method === 'GET') {
      if (noneMatchNames(noneMatch, result.etag)) return sendEmpty(exchange, 304, reply)
    }
    return send(exchange, reply)
  }

  function overviewOf({ segments }: Target, { method }: Verb, principal: Principal): Overview | undefined {
    const docs = segments[0] === 'api_docs' && segments.length === 1
    if (segments.length > 0 && !docs) return undefined
    if (method !== 'GET') {
      throw new Failure('method_not_allowed', `${method} is not possible here`, {
        context: { allow: ['GET', 'HEAD', 'OPTIONS'] },
      })
    }
    return docs ? documentAll(pipeline, principal, options.publicUrl) : listServices(pipeline, principal)
  }

  async function sendOverview(exchange: Exchange, call: CallDraft, overview: Overview): Promise<void> {
    call.service = '*'
    call.operation = overview.operation
    await pipeline.answered?.(call, overview.rows)
    const timing = { auth: 0, plan: 0, db: 0 }
    await send(exchange, render({ kind: 'json', value: overview.value, timing }, {}))
  }

  async function fail(exchange: Exchange, call: CallDraft, thrown: unknown, executing: boolean): Promise<void> {
    const failure = withKeyHint(toFailure(thrown), exchange.request.url)
    if (!executing) {
      try {
        await pipeline.refuse(call, failure)
      } catch (cause) {
        log.error({ request_id: call.requestId, err: cause }, 'A refusal could not be audited')
      }
    }
    if (failure.code === 'internal') log.error({ request_id: call.requestId, err: failure.cause }, failure.message)
    const { response } = exchange
    if (response.headersSent || response.destroyed) {
      response.destroy()
      return
    }
    await send(exchange, errorReply(failure, call.requestId))
  }
}

function sendPreflight(exchange: Exchange): void {
  const asked = exchange.request.headers['access-control-request-method'] !== undefined
  sendEmpty(exchange, 204, { headers: asked ? preflightHeaders : ['Allow', allMethods] })
}

function unknownMethod(): Failure {
  return new Failure('method_not_allowed', 'There is no such method', { context: { allow: allMethods.split(', ') } })
}

/** Whoever sends a key where it is not read gets to know where it is. */
function withKeyHint(failure: Failure, url: string | undefined): Failure {
  if (failure.code !== 'unauthenticated' || !url?.includes('api_key=')) return failure
  return new Failure('unauthenticated', failure.message, {
    hint: 'API keys are not read from the query string: send X-API-Key',
  })
}
