import type { IncomingMessage, ServerResponse } from 'node:http'
import { Failure, type JsonValue, toFailure } from '@gatehouse/core'
import express, { type ErrorRequestHandler, type NextFunction, type Request, type Response } from 'express'
import helmet from 'helmet'
import { authorize, decide } from './authorize.js'
import type { Protected } from './endpoints.js'
import { openIdMetadata, resourceMetadata, serverMetadata } from './metadata.js'
import { OAuthError } from './oauth-error.js'
import { errorPage } from './pages/error-page.js'
import { sendPage } from './pages/page.js'
import { parametersOf } from './parameters.js'
import { revoke } from './revoke.js'
import type { OAuthServer } from './server.js'
import { beginSignIn, showSignIn, signIn } from './sign-in-page.js'
import { token } from './token.js'

type Step = (server: OAuthServer, here: Protected, request: Request, response: Response) => Promise<void>

const forms = express.text({ type: 'application/x-www-form-urlencoded', limit: '64kb' })
const json = express.json({ type: 'application/json', limit: '64kb' })

/** All routes of the authorization server. */
export function createRoutes(
  server: OAuthServer,
  allowedHosts: readonly string[],
  documents: boolean,
  log: { error(fields: object, message: string): void },
): (request: IncomingMessage, response: ServerResponse) => void {
  const { issuer, endpoints } = server
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.set('query parser', false)
  app.use(
    helmet({
      // The pages say it themselves, and where the opener of a window is asked for, it is the client that opened it.
      contentSecurityPolicy: false,
      crossOriginOpenerPolicy: false,
      // With none at all, browsers would send forms without an origin.
      referrerPolicy: { policy: 'same-origin' },
      frameguard: { action: 'deny' },
      strictTransportSecurity: issuer.startsWith('https:'),
    }),
  )
  app.use(hostCheck(issuer, allowedHosts))

  const page = (step: Step) => async (request: Request, response: Response, next: NextFunction) => {
    const here = endpoints.at(baseOf(request))
    if (!here) return next()
    await step(server, here, request, response)
  }
  const paths = (name: string) => [`/mcp/:name/${name}`, `/t/:tenant/mcp/:name/${name}`]
  app.get(paths('authorize'), page(authorize))
  app.post(paths('authorize'), forms, page(decide))
  app.get(paths('login'), page(showSignIn))
  app.post(paths('login'), forms, page(signIn))
  app.get(paths('login/:provider'), page(beginSignIn))

  const open = anyOrigin
  app.all(paths('token'), open)
  app.post(paths('token'), forms, page(answerToken))
  app.all(paths('revoke'), open)
  app.post(paths('revoke'), forms, page(answerRevoke))
  app.all(paths('register'), open)
  app.post(paths('register'), json, page(answerRegister))

  app.all('/.well-known/*path', open)
  const issuerPath = new URL(issuer).pathname.replace(/\/$/, '')
  const roots = [...new Set(['', issuerPath])]
  const under = (name: string) => roots.map((root) => `/.well-known/${name}${root}`)
  const aboutServer = (shape: (metadata: object) => object) => (_request: Request, response: Response) => {
    const main = endpoints.main()
    if (!main) throw nothingHere()
    const rules = { registration: server.registration !== undefined, documents }
    send(response, shape(serverMetadata(issuer, main, rules)))
  }
  app.get(
    under('oauth-authorization-server'),
    aboutServer((metadata) => metadata),
  )
  app.get(
    under('openid-configuration'),
    aboutServer((metadata) => openIdMetadata(issuer, metadata)),
  )
  app.get('/.well-known/jwks.json', (_request, response) => send(response, { keys: [] }))
  app.get(
    under('oauth-protected-resource').flatMap((root) => [root, `${root}/*path`]),
    ({ path }, response) => {
      const below = path.slice('/.well-known/oauth-protected-resource'.length).replace(/\/$/, '')
      const own = below.startsWith(`${issuerPath}/`) || below === issuerPath ? below.slice(issuerPath.length) : below
      const endpoint = own === '' ? endpoints.main() : endpoints.on(own)
      if (!endpoint) throw nothingHere()
      send(response, resourceMetadata(issuer, endpoint))
    },
  )
  app.use((_request, _response) => {
    throw nothingHere()
  })
  app.use(onError(log))
  return (request, response) => {
    app(request, response)
  }
}

/** `/mcp/sales/token` -> `/mcp/sales` */
function baseOf({ params }: Request): string {
  const tenant = params.tenant === undefined || params.tenant === 'default' ? '' : `/t/${String(params.tenant)}`
  return `${tenant}/mcp/${String(params.name)}`
}

const answerToken: Step = async (server, here, request, response) => {
  const parameters = parametersOf(formOf(request))
  const client = await server.clients.authenticate(parameters, request.headers.authorization)
  const address = request.socket.remoteAddress
  response.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache' })
  response.json(await token(server, { client, parameters, here, address }))
}

const answerRevoke: Step = async (server, _here, request, response) => {
  const parameters = parametersOf(formOf(request))
  const client = await server.clients.authenticate(parameters, request.headers.authorization)
  await revoke(server, client, parameters, request.socket.remoteAddress)
  response.set('Cache-Control', 'no-store').status(200).end()
}

const answerRegister: Step = async (server, here, request, response) => {
  if (!server.registration) throw new Failure('not_found', 'Clients cannot register themselves here')
  const address = request.socket.remoteAddress
  const registered = await server.registration.register(request.body as JsonValue | undefined, address)
  const { tenant, name } = here
  const client = registered.client_id
  server.record({ deed: 'register', tenant, endpoint: name, client, ...(address !== undefined && { address }) })
  response.set('Cache-Control', 'no-store').status(201).json(registered)
}

function formOf(request: Request): string {
  if (typeof request.body === 'string') return request.body
  throw new OAuthError('invalid_request', 'The body is application/x-www-form-urlencoded')
}

/** Documents and the endpoints that programs call: pages of any origin may, since no cookie counts there. */
function anyOrigin(request: Request, response: Response, next: NextFunction): void {
  response.set({ 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' })
  if (request.method !== 'OPTIONS') {
    next()
    return
  }
  response.set({
    'Access-Control-Allow-Methods': 'GET, POST',
    'Access-Control-Allow-Headers': 'Authorization, Content-Type, Accept, MCP-Protocol-Version',
    'Access-Control-Max-Age': '600',
  })
  response.status(204).end()
}

function send(response: Response, document: object): void {
  response.set('Cache-Control', 'public, max-age=300').json(document)
}

function nothingHere(): Failure {
  return new Failure('not_found', 'There is nothing at this path')
}

/** Another name in front of this server would be somebody else's (DNS rebinding). What we send never depends on it. */
function hostCheck(issuer: string, allowed: readonly string[]) {
  const names = new Set([new URL(issuer).host, ...allowed].map((name) => name.toLowerCase()))
  return ({ headers }: Request, _response: Response, next: NextFunction) => {
    const host = (headers.host ?? '').toLowerCase()
    if (!names.has('*') && !names.has(host) && !names.has(host.replace(/:\d+$/, ''))) {
      throw new Failure('forbidden', 'This server does not answer for the host in the Host header')
    }
    next()
  }
}

/** Programs get what RFC 6749 has for errors, persons a page. */
function onError(log: { error(fields: object, message: string): void }): ErrorRequestHandler {
  return (thrown: unknown, request: Request, response: Response, _next: NextFunction) => {
    if (response.headersSent) {
      response.destroy()
      return
    }
    const { code, status, message, headers } = errorOf(thrown, log)
    response.set(headers)
    const forPerson = /\/(authorize|login)(\/|$)/.test(request.path)
    if (forPerson) sendPage(response, errorPage(status === 401 ? 400 : status, message))
    else response.set('Cache-Control', 'no-store').status(status).json({ error: code, error_description: message })
  }
}

function errorOf(thrown: unknown, log: { error(fields: object, message: string): void }) {
  if (thrown instanceof OAuthError) return thrown
  const failure = thrown instanceof Failure ? thrown : bodyFailure(thrown)
  if (failure.status >= 500) log.error({ err: failure.cause ?? failure }, failure.message)
  const { status, message, retryAfter } = failure
  const code = status === 503 ? 'temporarily_unavailable' : status >= 500 ? 'server_error' : 'invalid_request'
  const headers: Readonly<Record<string, string>> =
    retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }
  return { code, status, message, headers }
}

/** What express says of a body that it cannot take, or of a path that it cannot decode. */
function bodyFailure(thrown: unknown): Failure {
  const status = typeof thrown === 'object' && thrown !== null && 'status' in thrown ? thrown.status : undefined
  if (status === 413) return new Failure('too_large', 'The body is too large')
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new Failure('invalid', 'The request cannot be read')
  }
  return toFailure(thrown)
}
