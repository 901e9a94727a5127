import type { IncomingMessage, ServerResponse } from 'node:http'
import { Failure, type ProviderFlowEnd, type SignedIn } from '@gatehouse/core'
import type { Request, Response } from 'express'
import { principalId } from '../principal-id.js'
import { type AuthorizationRequest, replyToOf, requestOf } from './authorization-request.js'
import type { Browser } from './browser.js'
import type { Protected } from './endpoints.js'
import { OAuthError } from './oauth-error.js'
import { loginPage } from './pages/login-page.js'
import { sendPage } from './pages/page.js'
import { type Parameters, parametersOf, queryOf } from './parameters.js'
import type { OAuthServer } from './server.js'

/** Where a person signs in: our page, or the operator's own one, which is told all that it needs to come back. */
export function signInUrl(
  server: OAuthServer,
  here: Protected,
  { client, redirectUri, state, challenge, scopes, endpoint }: AuthorizationRequest,
  query: string,
  problem?: string,
): string {
  if (endpoint.loginPage === undefined) return `${server.issuer}${here.base}/login?${query}`
  const services = providersOf(server, endpoint, endpoint, query).map(({ name, label, kind, url }) => ({
    name,
    label,
    type: kind,
    url,
  }))
  const told = new URLSearchParams({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: redirectUri,
    ...(state !== undefined && { state }),
    code_challenge: challenge,
    code_challenge_method: 'S256',
    scope: scopes.join(' '),
    resource: endpoint.resource,
    service: endpoint.name,
    login_url: `${server.issuer}${endpoint.base}/login`,
    oauth_services: Buffer.from(JSON.stringify(services)).toString('base64'),
    ...(problem !== undefined && { error: problem }),
  })
  return `${endpoint.loginPage}${endpoint.loginPage.includes('?') ? '&' : '?'}${told}`
}

/** `GET .../login` */
export async function showSignIn(server: OAuthServer, here: Protected, req: Request, res: Response): Promise<void> {
  const query = queryOf(req.originalUrl)
  const request = await requestBehind(server, here, parametersOf(query))
  show(server, here, request, query, server.browsers.of(req, res), res)
}

/** `POST .../login`: name and password, from our page or from the operator's own. */
export async function signIn(server: OAuthServer, here: Protected, req: Request, res: Response): Promise<void> {
  const form = parametersOf(String(req.body ?? ''))
  const ownQuery = queryOf(req.originalUrl)
  const foreign = ownQuery === '' && isFromLoginPage(here, req)
  const query = foreign ? flowQuery(form) : ownQuery
  const request = await requestBehind(server, here, parametersOf(query))
  const browser = server.browsers.of(req, res)
  const again = (problem: string, status: number, user?: string) => {
    if (foreign) res.redirect(303, signInUrl(server, here, request, query, problem))
    else show(server, here, request, query, browser, res, { problem, status, ...(user !== undefined && { user }) })
  }
  if (!foreign) {
    try {
      server.browsers.check(req, browser, 'login', query, form.get('csrf'))
    } catch {
      again('This page was out of date. Please try again', 403)
      return
    }
  }
  const user = form.get('username') ?? form.get('email') ?? ''
  const { tenant } = request.endpoint
  const address = req.socket.remoteAddress
  try {
    const person = await server.signIn(tenant).password(user, form.get('password') ?? '', {
      tenant,
      ...(address !== undefined && { address }),
    })
    signedIn(server, here, request, query, person, req, res)
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown
    record(server, request, req, { refused: thrown.code })
    if (thrown.retryAfter !== undefined) res.set('Retry-After', String(thrown.retryAfter))
    again(problemOf(thrown), thrown.status, user)
  }
}

/** `GET .../login/{provider}`: off to an outside provider. It comes back by `completeSignIn`. */
export async function beginSignIn(server: OAuthServer, here: Protected, req: Request, res: Response): Promise<void> {
  const query = queryOf(req.originalUrl)
  const request = await requestBehind(server, here, parametersOf(query))
  const browser = server.browsers.of(req, res)
  const state = server.sealer.seal('provider', { base: here.base, query }, server.now() + 10 * 60_000)
  const { tenant } = request.endpoint
  const address = req.socket.remoteAddress
  const url = await server.signIn(tenant).begin(String(req.params.provider), {
    tenant,
    state,
    browser: browser.id,
    ...(address !== undefined && { address }),
  })
  res.redirect(303, url.href)
}

/**
 * Goes on where `beginSignIn` left, with whom the provider vouched for, or with why it did not. False where the state is
 * not ours. Throws `invalid` where what was asked for has not held meanwhile.
 */
export async function completeSignIn(
  server: OAuthServer,
  flow: ProviderFlowEnd,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<boolean> {
  const held = server.sealer.open('provider', flow.state)
  const here = held && server.endpoints.at(String(held.base))
  if (!here) return false
  const query = String(held.query)
  try {
    const request = await requestBehind(server, here, parametersOf(query))
    if ('signedIn' in flow) {
      signedIn(server, here, request, query, flow.signedIn, req, res)
      return true
    }
    record(server, request, req, { refused: flow.failure.code })
    const problem = flow.failure.code === 'unavailable' ? problemOf(flow.failure) : 'The provider did not sign you in'
    if (here.loginPage !== undefined) seeOther(res, signInUrl(server, here, request, query, problem))
    else show(server, here, request, query, server.browsers.of(req, res), res, { problem })
    return true
  } catch (thrown) {
    if (thrown instanceof OAuthError) throw new Failure('invalid', thrown.message)
    throw thrown
  }
}

function seeOther(res: ServerResponse, url: string): void {
  res.writeHead(303, { Location: url, 'Cache-Control': 'no-store' }).end()
}

function signedIn(
  server: OAuthServer,
  here: Protected,
  request: AuthorizationRequest,
  query: string,
  person: SignedIn,
  req: IncomingMessage,
  res: ServerResponse,
): void {
  server.browsers.signIn(res, { userId: person.userId, epoch: person.epoch })
  record(server, request, req, { principal: principalId('user', person.name, request.endpoint.tenant) })
  seeOther(res, `${server.issuer}${here.base}/authorize?${query}`)
}

/** The request that a person signs in for. One that does not hold is for the person to see, not for the client. */
async function requestBehind(server: OAuthServer, here: Protected, parameters: Parameters) {
  const replyTo = await replyToOf(parameters, server.clients)
  return requestOf(parameters, replyTo, server.endpoints, here)
}

function show(
  server: OAuthServer,
  here: Protected,
  { client, endpoint, redirectUri }: AuthorizationRequest,
  query: string,
  browser: Browser,
  res: ServerResponse,
  more: { readonly problem?: string; readonly status?: number; readonly user?: string } = {},
): void {
  sendPage(
    res,
    loginPage({
      client: client.name,
      organisation: endpoint.organisation,
      action: `${server.issuer}${here.base}/login?${query}`,
      csrf: server.browsers.token(browser, 'login', query),
      providers: providersOf(server, here, endpoint, query),
      leadsTo: redirectUri,
      ...more,
    }),
  )
}

function providersOf(server: OAuthServer, here: Protected, { tenant }: Protected, query: string) {
  return server
    .signIn(tenant)
    .providers(tenant)
    .map(({ name, label, kind }) => ({
      name,
      label,
      kind,
      url: `${server.issuer}${here.base}/login/${encodeURIComponent(name)}?${query}`,
    }))
}

/** The operator's own page posts from its own origin, and browsers say so. */
function isFromLoginPage({ loginPage }: Protected, { headers }: Request): boolean {
  return loginPage !== undefined && headers.origin === new URL(loginPage).origin
}

const flowParameters = [
  'response_type',
  'client_id',
  'redirect_uri',
  'state',
  'code_challenge',
  'code_challenge_method',
  'scope',
  'resource',
]

/** What the operator's page was told, as the query that it was made from. */
function flowQuery(form: Parameters): string {
  const query = new URLSearchParams({ response_type: 'code' })
  for (const name of flowParameters) {
    const value = form.get(name)
    if (value !== undefined) query.set(name, value)
  }
  return query.toString()
}

function problemOf({ code, retryAfter }: Failure): string {
  switch (code) {
    case 'unauthenticated':
    case 'forbidden':
    case 'invalid':
      return 'This name and password do not fit together'
    case 'limited':
      return `Too many attempts. Please wait ${retryAfter ?? 60} seconds`
    default:
      return 'Signing in is not possible right now. Please try again later'
  }
}

function record(
  server: OAuthServer,
  { endpoint, client }: AuthorizationRequest,
  req: IncomingMessage,
  more: { readonly principal?: string; readonly refused?: string },
): void {
  server.record({
    deed: 'sign_in',
    tenant: endpoint.tenant,
    endpoint: endpoint.name,
    client: client.id,
    ...(req.socket.remoteAddress !== undefined && { address: req.socket.remoteAddress }),
    ...more,
  })
}
