import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type Accounts,
  type Answer,
  type Call,
  clientSignal,
  Failure,
  type JsonText,
  type JsonValue,
  type Principal,
  readBody,
  takeRest,
  toFailure,
} from '@gatehouse/core'
import { type AccountRoute, accountRoute, runAccount } from './account-routes.js'
import { credentialsOf } from './credentials.js'
import { errorReply } from './error-reply.js'
import { noneMatchNames } from './etag.js'
import type { Exchange } from './exchange.js'
import { findRoute } from './find-route.js'
import { fingerprintOf, idempotencyKey, onceOnly } from './idempotency.js'
import { hasBody } from './json-body.js'
import { memoryIdempotency } from './memory-idempotency.js'
import { isMethod, type Verb, verbOf } from './method.js'
import type { RestOptions } from './options.js'
import { allMethods, createDoor, preflightHeaders } from './origin.js'
import { type Overview, overviewOf } from './overview.js'
import { isProviderAnswer } from './provider-routes.js'
import { readInput } from './read-input.js'
import { render } from './render.js'
import { plainRequestId, requestIds } from './request-id.js'
import { send, sendEmpty } from './send.js'
import { sendFile } from './send-file.js'
import { CutShort, sendStream } from './send-stream.js'
import { severalFiles, type Upload } from './several-files.js'
import { readTarget, type Target } from './target.js'
import { uploadedContent } from './upload.js'

const jsonHeaders = ['Content-Type', 'application/json', 'Cache-Control', 'no-store']

/** What is known of a call so far: the more, the later it fails. */
type CallDraft = { -readonly [K in keyof Call]: Call[K] }

/** A call on its way. What fails before the pipeline has it must be told to the pipeline, so that it is audited. */
interface Progress {
  readonly call: CallDraft
  executing: boolean
}

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
      requestId: plainRequestId(request.headers['x-request-id']) ?? newRequestId(),
      started: performance.now(),
      originHeaders: [],
    }
    serve(exchange).catch((cause: unknown) => {
      log.error({ request_id: exchange.requestId, err: cause }, 'An answer could not be sent')
      response.destroy()
    })
  }

  async function serve(exchange: Exchange): Promise<void> {
    const { request } = exchange
    const progress: Progress = { call: draftOf(exchange), executing: false }
    const { call } = progress
    try {
      door.host(request)
      exchange.originHeaders = isProviderAnswer(request.url ?? '') ? [] : door.origin(request)
      if (request.method === 'OPTIONS') return sendPreflight(exchange)
      if (!isMethod(request.method)) throw unknownMethod()
      const target = readTarget(request.url ?? '')
      call.service = target.segments[0] ?? ''
      const verb = verbOf(request, target.query)
      const route = options.accounts && accountRoute(target, verb.method)
      if (options.accounts && route) {
        return await serveAccount(exchange, call, options.accounts, route, target.query)
      }
      const known = pipeline.authenticate(call.credentials)
      const principal = known instanceof Promise ? await known : known
      const overview = overviewOf(target, verb, pipeline, principal, {
        publicUrl: options.publicUrl,
        accounts: options.accounts !== undefined,
      })
      if (overview) return await sendOverview(exchange, call, overview)
      if (call.service === 'api_docs') describe(call, target, verb)
      else {
        const found = findRoute(pipeline, principal, target, verb)
        const { operation } = found.route
        call.operation = operation.name
        const several = request.method === 'GET' ? undefined : severalFiles(operation, request, bodyLimit)
        if (several) {
          call.input = readInput(found, request, target.query, verb, undefined).input
          return await sendUploads(exchange, progress, several)
        }
        const uploads = operation.http.upload === true
        const reads = !uploads && request.method !== 'GET' && hasBody(request)
        const body = reads ? await readBody(request, bodyLimit) : undefined
        call.input = readInput(found, request, target.query, verb, body).input
        if (uploads) call.content = await uploadedContent(request)
        if (request.method === 'HEAD') call.headOnly = true
        // The bytes of an upload cannot be compared with those of another, and to send them twice does no harm.
        const keyed = request.method === 'POST' && operation.effect !== 'read' && !uploads
        const key = keyed ? keyOf(request) : undefined
        if (key !== undefined) {
          const fingerprint = fingerprintOf(verb.method, request.url ?? '', body)
          return await executeOnce(exchange, progress, principal, key, fingerprint)
        }
      }
      progress.executing = true
      const answer = await pipeline.execute(call)
      if (answer.kind === 'stream') return await sendStream(exchange, answer, call.input)
      if (answer.kind === 'file') return await sendFile(exchange, answer, call.input)
      if (isUnchanged(request, answer)) sendEmpty(exchange, 304, render(answer, call.input))
      else await send(exchange, render(answer, call.input))
    } catch (thrown) {
      await fail(exchange, progress, thrown)
    }
  }

  async function serveAccount(
    exchange: Exchange,
    call: CallDraft,
    accounts: Accounts,
    route: AccountRoute,
    query: string,
  ): Promise<void> {
    const { request, response } = exchange
    call.service = 'user'
    call.operation = route.operation
    const reply = await runAccount(route, accounts, pipeline, request, query, call)
    if ('status' in reply) return await send(exchange, reply)
    // It writes down by itself what it does.
    if (!(await options.completeSignIn?.(reply, request, response))) throw staleFlow()
  }

  async function executeOnce(
    exchange: Exchange,
    progress: Progress,
    principal: Principal,
    key: string,
    fingerprint: string,
  ): Promise<void> {
    const { requestId } = exchange
    const { call } = progress
    const once = { store: answers, principal: principal.id, key, fingerprint, requestId }
    const { reply, replayed } = await onceOnly(once, async () => {
      progress.executing = true
      const answer = await pipeline.execute(call)
      if (answer.kind !== 'stream' && answer.kind !== 'file') return render(answer, call.input)
      throw new Failure('unsupported', 'A stream cannot be kept for its Idempotency-Key')
    })
    if (replayed) await pipeline.answered?.(call, 0)
    await send(exchange, reply)
  }

  /** Each file of several is a call of its own: granted, limited and audited by itself. Stops at the first that fails. */
  async function sendUploads(exchange: Exchange, progress: Progress, uploads: AsyncIterable<Upload>): Promise<void> {
    const { input, ...draft } = progress.call
    const folder = typeof input.path === 'string' ? input.path : ''
    const texts: JsonText[] = []
    try {
      for await (const { operation, name, content, contentType } of uploads) {
        const own = { ...input, path: folder + name, ...(contentType !== undefined && { content_type: contentType }) }
        progress.executing = true
        const answer = await pipeline.execute({ ...draft, operation, input: own, ...(content && { content }) })
        if (answer.kind === 'stream' || answer.kind === 'file')
          throw new Failure('internal', 'An upload answers no bytes')
        const { body } = render(answer, {})
        texts.push(body)
      }
    } catch (thrown) {
      if (texts.length === 0) throw thrown
      const failure = toFailure(thrown)
      const records = [...texts.map((text) => JSON.parse(String(text)) as JsonValue), failure]
      throw new Failure(failure.code, `${failure.message}. What comes before it is written`, {
        batch: { failed: [texts.length], records },
        cause: failure.cause,
      })
    }
    if (texts.length === 0) throw new Failure('invalid', 'There are no files in the body')
    await send(exchange, { status: 200, headers: jsonHeaders, body: `{"resource":[${texts.map(String).join()}]}` })
  }

  async function sendOverview(exchange: Exchange, call: CallDraft, overview: Overview): Promise<void> {
    call.service = '*'
    call.operation = overview.operation
    await pipeline.answered?.(call, overview.rows)
    const timing = { auth: 0, plan: 0, db: 0 }
    await send(exchange, render({ kind: 'json', value: overview.value, timing }, {}))
  }

  async function fail(exchange: Exchange, { call, executing }: Progress, thrown: unknown): Promise<void> {
    const { response } = exchange
    const { requestId } = call
    if (thrown instanceof CutShort) {
      // Why is the pipeline's to log: it watches the stream.
      log.error({ request_id: requestId }, thrown.message)
      return
    }
    const failure = withKeyHint(toFailure(thrown), exchange.request.url)
    if (executing) {
      // The pipeline logs its failures itself, and throws nothing else.
      if (!(thrown instanceof Failure)) log.error({ request_id: requestId, err: thrown }, failure.message)
    } else {
      try {
        await pipeline.refuse(call, failure)
      } catch (cause) {
        log.error({ request_id: requestId, err: cause }, 'A refusal could not be audited')
      }
    }
    if (response.headersSent || response.destroyed) response.destroy()
    else await send(exchange, errorReply(failure, requestId))
    takeRest(exchange.request)
  }
}

function draftOf({ request, requestId }: Exchange): CallDraft {
  const call: CallDraft = {
    surface: 'rest',
    credentials: credentialsOf(request),
    service: '',
    operation: '',
    input: {},
    requestId,
    signal: clientSignal(request.socket),
  }
  const client = request.headers['user-agent']
  if (client !== undefined) call.client = client
  return call
}

function keyOf(request: IncomingMessage): string | undefined {
  return idempotencyKey(request.headers['idempotency-key'])
}

/** `/api/v2/api_docs/salesdb` is the service's own document. */
function describe(call: CallDraft, { segments }: Target, { method }: Verb): void {
  const [, service] = segments
  if (service === undefined || method !== 'GET' || segments.length > 2) {
    throw new Failure('not_found', 'There is nothing at this path')
  }
  call.service = service
  call.operation = 'get_api_spec'
}

/** True where the client has the record already, as its If-None-Match says. */
function isUnchanged({ method, headers }: IncomingMessage, answer: Answer): boolean {
  const noneMatch = headers['if-none-match']
  if (noneMatch === undefined || answer.kind !== 'record' || answer.etag === undefined) return false
  return (method === 'GET' || method === 'HEAD') && noneMatchNames(noneMatch, answer.etag)
}

function sendPreflight(exchange: Exchange): void {
  const asked = exchange.request.headers['access-control-request-method'] !== undefined
  sendEmpty(exchange, 204, { headers: asked ? preflightHeaders : ['Allow', allMethods] })
}

function staleFlow(): Failure {
  return new Failure('unauthenticated', 'What this sign-in was for is not known any more', {
    hint: 'Please start again',
  })
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
