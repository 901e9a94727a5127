import type { SignedIn } from '@gatehouse/core'
import type { Request, Response } from 'express'
import { grantPrincipal } from './access-tokens.js'
import { type AuthorizationRequest, answerUrl, type ReplyTo, replyToOf, requestOf } from './authorization-request.js'
import type { Browser, Person } from './browser.js'
import type { Protected } from './endpoints.js'
import { OAuthError } from './oauth-error.js'
import { memberOf, organisationsFor, type Settled, settle } from './organisations.js'
import { consentPage } from './pages/consent-page.js'
import { errorPage } from './pages/error-page.js'
import { organisationPage } from './pages/organisation-page.js'
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
  const person = asking && (await personOf(server, here, asking, res))
  const settled = person && (await settledOf(server, here, asking, person, res))
  if (!settled) return
  if (await agreedBefore(server, settled)) await allow(server, settled, req, res)
  else ask(server, here, asking, settled, res, 200)
}

/** `POST .../authorize`: what the person decided. */
export async function decide(server: OAuthServer, here: Protected, req: Request, res: Response): Promise<void> {
  const asking = await askingOf(server, here, req, res)
  const person = asking && (await personOf(server, here, asking, res))
  if (!person) return
  const { request, query } = asking
  const form = parametersOf(String(req.body ?? ''))
  const decision = isOwn(server, req, asking, form.get('csrf')) ? form.get('decision') : 'forged'
  if (decision === 'switch') {
    server.browsers.signOut(res)
    res.redirect(303, signInUrl(server, here, request, query))
    return
  }
  const settled = await settledOf(server, here, asking, person, res)
  if (!settled) return
  if (decision === 'forged') {
    // Or signed in anew in another window meanwhile. Either way the person decides on what it sees now.
    ask(server, here, asking, settled, res, 403)
  } else if (decision === 'allow') {
    const scopes = settled.scopes.filter((scope) => form.has(`scope:${scope}`))
    if (scopes.length === 0) {
      ask(server, here, asking, settled, res, 400)
      return
    }
    await server.store.saveConsent(consentKey(settled), scopes, server.now())
    await allow(server, { ...settled, scopes }, req, res)
  } else {
    record(server, settled, req, 'consent', 'denied')
    reply(server, request, res, { error: 'access_denied', error_description: 'The person said no' })
  }
}

function isOwn(server: OAuthServer, req: Request, { browser, query }: Asking, csrf: string | undefined): boolean {
  try {
    server.browsers.check(req, browser, 'consent', query, csrf)
    return true
  } catch {
    return false
  }
}

/** Who decides, as it is now in the endpoint's tenant. Where nobody is signed in, they are sent there. */
async function personOf(
  server: OAuthServer,
  here: Protected,
  { request, query, browser }: Asking,
  res: Response,
): Promise<SignedIn | undefined> {
  const person = browser.person && (await current(server, browser.person, request.endpoint))
  if (!person) res.redirect(303, signInUrl(server, here, request, query))
  return person
}

/** The request in one organisation, unless it was answered already: the person is to choose, or asks for nothing there. */
async function settledOf(
  server: OAuthServer,
  here: Protected,
  asking: Asking,
  person: SignedIn,
  res: Response,
): Promise<Settled | undefined> {
  const { request, browser } = asking
  const organisations = organisationsFor(server, request.endpoint, person)
  try {
    const settled = await settle(server, request, person, organisations)
    if (!settled) choose(server, here, asking, person, organisations, res)
    return settled
  } catch (thrown) {
    if (!(thrown instanceof OAuthError)) throw thrown
    refuse(server, request, browser, res, thrown)
    return undefined
  }
}

function choose(
  server: OAuthServer,
  here: Protected,
  { request, query, browser }: Asking,
  person: SignedIn,
  organisations: readonly Protected[],
  res: Response,
): void {
  const url = `${server.issuer}${here.base}/authorize`
  const parameters = new Map(parametersOf(query))
  parameters.delete('organisation')
  sendPage(
    res,
    organisationPage({
      client: request.client.name,
      person: person.name,
      organisations: organisations.map(({ tenant, organisation }) => ({ tenant, label: organisation })),
      action: url,
      request: parameters,
      switchAction: `${url}?${query}`,
      leadsTo: request.redirectUri,
      csrf: server.browsers.token(browser, 'consent', query),
    }),
  )
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

/** The person as it is now, if it may act in the endpoint's tenant, and nothing has closed what it had opened. */
async function current(server: OAuthServer, { userId, epoch }: Person, { tenant }: Protected) {
  const person = await server.signIn(tenant).current(userId, tenant)
  return person?.epoch === epoch && person.tenants.includes(tenant) ? person : undefined
}

/**
 * Only where the answer goes to a site: what runs on the person's machine can be replaced by something else that knows
 * the client's id (RFC 8252, 8.6).
 */
async function agreedBefore(server: OAuthServer, settled: Settled): Promise<boolean> {
  const { request, scopes } = settled
  if (request.askAgain || !request.redirectUri.startsWith('https://')) return false
  const agreed = await server.store.consent(consentKey(settled))
  return scopes.every((scope) => covers(agreed, scope))
}

function ask(
  server: OAuthServer,
  here: Protected,
  { query, browser }: Asking,
  { request, chosen, person, scopes }: Settled,
  res: Response,
  status: number,
): void {
  const { client, endpoint, redirectUri, organisation } = request
  const url = `${server.issuer}${here.base}/authorize`
  sendPage(res, {
    ...consentPage({
      client: client.name,
      vouched: client.kind === 'configured',
      ...(client.kind === 'document' && { source: new URL(client.id).host }),
      person: person.name,
      organisation: chosen.organisation,
      ...(organisation !== undefined && { otherUrl: `${url}?${withoutOrganisation(query)}` }),
      endpoint: endpoint.resource,
      redirectHost: redirectHost(redirectUri),
      scopes: describeScopes(scopes),
      action: `${url}?${query}`,
      csrf: server.browsers.token(browser, 'consent', query),
      leadsTo: redirectUri,
    }),
    status,
  })
}

function withoutOrganisation(query: string): string {
  const parameters = new URLSearchParams(query)
  parameters.delete('organisation')
  return parameters.toString()
}

async function allow(server: OAuthServer, settled: Settled, req: Request, res: Response): Promise<void> {
  const { request, person, scopes } = settled
  const { redirectUri, challenge } = request
  const { store, lifetimes } = server
  const now = server.now()
  const grantId = makeGrantId()
  const { roles, attributes } = person
  await store.saveGrant({ ...partiesOf(settled), id: grantId, scopes, roles, attributes, revoked: false }, now)
  const code = makeText('code')
  await store.saveCode({ hash: hashText(code), grantId, redirectUri, challenge, expires: now + lifetimes.code })
  record(server, settled, req, 'consent')
  reply(server, request, res, { code })
}

/** Who allows whom, and where. */
function partiesOf(settled: Settled) {
  const { request, person } = settled
  const { client, endpoint } = request
  const member = memberOf(settled)
  return {
    clientId: client.id,
    tenant: endpoint.tenant,
    endpoint: endpoint.name,
    ...(member !== undefined && { memberOf: member }),
    userId: person.userId,
    name: person.name,
  }
}

function reply(server: OAuthServer, replyTo: ReplyTo, res: Response, answer: Readonly<Record<string, string>>): void {
  res.set('Cache-Control', 'no-store')
  res.redirect(303, answerUrl(server.issuer, replyTo, answer))
}

function record(server: OAuthServer, settled: Settled, req: Request, deed: 'consent', refused?: string): void {
  const { chosen, scopes } = settled
  const parties = partiesOf(settled)
  server.record({
    deed,
    tenant: chosen.tenant,
    endpoint: chosen.name,
    principal: grantPrincipal(parties),
    client: parties.clientId,
    scopes,
    ...(req.socket.remoteAddress !== undefined && { address: req.socket.remoteAddress }),
    ...(refused !== undefined && { refused }),
  })
}

function consentKey({ request, chosen, person }: Settled) {
  return { userId: person.userId, clientId: request.client.id, tenant: chosen.tenant, endpoint: chosen.name }
}
