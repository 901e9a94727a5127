import type { OAuthClient, SignedIn } from '@gatehouse/core'
import type { Request, Response } from 'express'
import { principalId } from '../principal-id.js'
import { type AuthorizationRequest, answerUrl, type ReplyTo, replyToOf, requestOf } from './authorization-request.js'
import type { Browser, Person } from './browser.js'
import type { Protected } from './endpoints.js'
import { OAuthError } from './oauth-error.js'
import { consentPage } from './pages/consent-page.js'
import { errorPage } from './pages/error-page.js'
import { sendPage } from './pages/page.js'
import { parametersOf, queryOf } from './parameters.js'
import { redirectHost } from './redirect-uri.js'
import { covers, describeScopes } from './scopes.js'
import { hashText, makeGrantId, makeText } from './secret-text.js'
import type { OAuthServer } from './server.js'
import { signInUrl } from './sign-in-page.js'

/** One request to the authorization endpoint, once it is known to hold. */
interface Asking {
  readonly request: AuthorizationRequest
  /** The query as it came: forms and redirects carry it on, and it is checked again each time. */
  readonly query: string
  readonly browser: Browser
}

/** `GET .../authorize`: a client sends a person here. They sign in, decide, and go back with a code. */
export async function authorize(server: OAuthServer, here: Protected, req: Request, res: Response): Promise<void> {
  const asking = await askingOf(server, here, req, res)
  if (!asking) return
  const person = asking.browser.person && (await current(server, asking.browser.person, asking.request.endpoint))
  if (!person) {
    res.redirect(303, signInUrl(server, here, asking.request, asking.query))
    return
  }
  if (await agreedBefore(server, asking.request, person)) await allow(server, asking.request, person, req, res)
  else ask(server, here, asking, person, res, 200)
}

/** `POST .../authorize`: what the person decided. */
export async function decide(server: OAuthServer, here: Protected, req: Request, res: Response): Promise<void> {
  const asking = await askingOf(server, here, req, res)
  if (!asking) return
  const { request, query, browser } = asking
  const person = browser.person && (await current(server, browser.person, request.endpoint))
  if (!person) {
    res.redirect(303, signInUrl(server, here, request, query))
    return
  }
  const form = parametersOf(String(req.body ?? ''))
  try {
    server.browsers.check(req, browser, 'consent', query, form.get('csrf'))
  } catch {
    // Forged, or signed in anew in another window meanwhile. Either way the person decides on what it sees now.
    ask(server, here, asking, person, res, 403)
    return
  }
  const decision = form.get('decision')
  if (decision === 'switch') {
    server.browsers.signOut(res)
    res.redirect(303, signInUrl(server, here, request, query))
  } else if (decision === 'allow') {
    const scopes = request.scopes.filter((scope) => form.has(`scope:${scope}`))
    if (scopes.length === 0) {
      ask(server, here, asking, person, res, 400)
      return
    }
    await server.store.saveConsent(consentKey(request, person), scopes, server.now())
    await allow(server, { ...request, scopes }, person, req, res)
  } else {
    record(server, request, person, req, 'consent', 'denied')
    reply(server, request, res, { error: 'access_denied', error_description: 'The person said no' })
  }
}

/** The request, unless it was answered already because it does not hold. */
async function askingOf(
  server: OAuthServer,
  here: Protected,
  req: Request,
  res: Response,
): Promise<Asking | undefined> {
  const query = queryOf(req.originalUrl)
  const parameters = parametersOf(query)
  const replyTo = await replyToOf(parameters, server.clients)
  const browser = server.browsers.of(req, res)
  try {
    return { request: requestOf(parameters, replyTo, server.endpoints, here), query, browser }
  } catch (thrown) {
    if (!(thrown instanceof OAuthError)) throw thrown
    refuse(server, replyTo, browser, res, thrown)
    return undefined
  }
}

/**
 * The client is told what is wrong. But anybody can register a client with a site of theirs, and a link to us must not
 * lead there by itself (RFC 9700, 4.11.2): a person who is not signed in here sees first where it would go.
 */
function refuse(
  server: OAuthServer,
  replyTo: ReplyTo,
  { person }: Browser,
  res: Response,
  { code, message, status }: OAuthError,
): void {
  const answer = { error: code, error_description: message }
  const { client, redirectUri } = replyTo
  if (person || client.kind === 'configured' || !redirectUri.startsWith('https://')) {
    reply(server, replyTo, res, answer)
    return
  }
  const back = { host: redirectHost(redirectUri), url: answerUrl(server.issuer, replyTo, answer) }
  sendPage(res, errorPage(status, message, back))
}

/** The person as it is now, if it may act in the endpoint's tenant. */
async function current(server: OAuthServer, { userId }: Person, { tenant }: Protected): Promise<SignedIn | undefined> {
  const person = await server.signIn(tenant).current(userId, tenant)
  return person?.tenants.includes(tenant) ? person : undefined
}

/**
 * Only where the answer goes to a site: what runs on the person's machine can be replaced by something else that knows
 * the client's id (RFC 8252, 8.6).
 */
async function agreedBefore(server: OAuthServer, request: AuthorizationRequest, person: SignedIn): Promise<boolean> {
  if (request.askAgain || !request.redirectUri.startsWith('https://')) return false
  const agreed = await server.store.consent(consentKey(request, person))
  return request.scopes.every((scope) => covers(agreed, scope))
}

function ask(
  server: OAuthServer,
  here: Protected,
  { request, query, browser }: Asking,
  person: SignedIn,
  res: Response,
  status: number,
): void {
  const { client, endpoint, redirectUri, scopes } = request
  sendPage(res, {
    ...consentPage({
      client: client.name,
      vouched: client.kind === 'configured',
      ...(client.kind === 'document' && { source: new URL(client.id).host }),
      person: person.name,
      organisation: endpoint.organisation,
      endpoint: endpoint.resource,
      redirectHost: redirectHost(redirectUri),
      scopes: describeScopes(scopes),
      action: `${server.issuer}${here.base}/authorize?${query}`,
      csrf: server.browsers.token(browser, 'consent', query),
      leadsTo: redirectUri,
    }),
    status,
  })
}

async function allow(
  server: OAuthServer,
  request: AuthorizationRequest,
  person: SignedIn,
  req: Request,
  res: Response,
): Promise<void> {
  const { client, endpoint, scopes, redirectUri, challenge } = request
  const { store, lifetimes } = server
  const now = server.now()
  const grantId = makeGrantId()
  await store.saveGrant(
    {
      id: grantId,
      clientId: client.id,
      tenant: endpoint.tenant,
      endpoint: endpoint.name,
      scopes,
      userId: person.userId,
      name: person.name,
      roles: person.roles,
      attributes: person.attributes,
      revoked: false,
    },
    now,
  )
  const code = makeText('code')
  await store.saveCode({ hash: hashText(code), grantId, redirectUri, challenge, expires: now + lifetimes.code })
  record(server, request, person, req, 'consent')
  reply(server, request, res, { code })
}

function reply(server: OAuthServer, replyTo: ReplyTo, res: Response, answer: Readonly<Record<string, string>>): void {
  res.set('Cache-Control', 'no-store')
  res.redirect(303, answerUrl(server.issuer, replyTo, answer))
}

function record(
  server: OAuthServer,
  { endpoint, client, scopes }: { endpoint: Protected; client: OAuthClient; scopes: readonly string[] },
  person: SignedIn,
  req: Request,
  deed: 'consent',
  refused?: string,
): void {
  server.record({
    deed,
    tenant: endpoint.tenant,
    endpoint: endpoint.name,
    principal: principalId('user', person.name, endpoint.tenant),
    client: client.id,
    scopes,
    ...(req.socket.remoteAddress !== undefined && { address: req.socket.remoteAddress }),
    ...(refused !== undefined && { refused }),
  })
}

function consentKey({ client, endpoint }: AuthorizationRequest, { userId }: SignedIn) {
  return { userId, clientId: client.id, tenant: endpoint.tenant, endpoint: endpoint.name }
}
