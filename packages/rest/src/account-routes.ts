import type { IncomingMessage } from 'node:http'
import {
  type Accounts,
  type Call,
  type Credentials,
  Failure,
  type From,
  type HttpMethod,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Pipeline,
  type ProviderFlowEnd,
  readBody,
} from '@gatehouse/core'
import {
  doneAnswer,
  passwordBody,
  passwordSignInBody,
  profileAnswer,
  type RouteWords,
  sessionAnswer,
  signedOutAnswer,
  signInBody,
} from './account-words.js'
import type { Reply } from './exchange.js'
import { hasBody, parseBody, requireJson } from './json-body.js'
import { beginAt, listProviders, providerRoutes } from './provider-routes.js'
import type { Target } from './target.js'

/** Something that a person does with the own account. */
export interface AccountRoute {
  /** Its name in the audit. */
  readonly operation: string
  /** Absent: it is no part of the API, but where a provider's own page sends something. */
  readonly words?: RouteWords
  /** What is known of it already, for the audit. */
  readonly input?: JsonObject
  /** A form that a page of another site may send; then its fields are the body. */
  readonly form?: boolean
  /** What it was called with is no good afterwards, so that it is written down before. */
  readonly ends?: boolean
  run(asked: AccountCall): Promise<AccountAnswer>
}

interface AccountCall {
  readonly accounts: Accounts
  readonly credentials: Credentials
  readonly from: From
  readonly body: JsonObject
  /** Behind the question mark, still encoded. */
  readonly query: string
  /** The `Cookie` header. */
  readonly cookie: string | undefined
}

interface AccountAnswer {
  readonly value: JsonValue
  /** Who the caller turned out to be, for the audit. */
  readonly token?: string
  /** The browser goes on there. */
  readonly location?: string
  readonly setCookie?: string
  /** A text of another type than JSON. */
  readonly text?: { readonly type: string; readonly text: string }
  /** The end of a flow that another surface began: it answers. */
  readonly elsewhere?: ProviderFlowEnd
}

/** Bytes; no account needs more. */
const mostBytes = 16_384

const done: AccountAnswer = { value: { success: true } }

const signIn = (admin: boolean): AccountRoute => ({
  operation: 'sign_in',
  words: {
    summary: admin ? 'Sign in as an administrator' : 'Sign in',
    description: `Answers a session token${admin ? ', to who may do everything alone' : ''}. Send it as \`Authorization: Bearer\`.`,
    open: true,
    body: admin ? passwordSignInBody : signInBody,
    answer: sessionAnswer,
  },
  async run({ accounts, from, body }) {
    // A code is of whoever the provider vouched for: it does not ask for an administrator.
    if (body.code !== undefined && !admin) {
      const verifier = body.code_verifier === undefined ? undefined : textIn(body, 'code_verifier')
      const { answer, token } = await accounts.providers.exchange(textIn(body, 'code'), verifier, from)
      return { value: answer, token }
    }
    const opened = await accounts.signIn(userIn(body), textIn(body, 'password'), from, admin)
    return { value: opened.answer, token: opened.token }
  },
})
const profile: AccountRoute = {
  operation: 'get_profile',
  words: {
    summary: 'Your profile',
    description: 'The user whose session token is sent.',
    answer: profileAnswer,
  },
  run: async ({ accounts, credentials }) => ({ value: await accounts.profile(credentials) }),
}
const renew: AccountRoute = {
  operation: 'renew_session',
  words: {
    summary: 'Renew the session',
    description: 'Answers a new session token; the one that is sent ends at once.',
    answer: sessionAnswer,
  },
  async run({ accounts, credentials, from }) {
    const { answer, token } = await accounts.renew(credentials, from)
    return { value: answer, token }
  },
}
const signOut: AccountRoute = {
  operation: 'sign_out',
  words: {
    summary: 'Sign out',
    description: 'Ends the session on every replica.',
    query: { return_to: 'Where the browser goes on after the provider has ended its own session.' },
    answer: signedOutAnswer,
  },
  ends: true,
  async run({ accounts, credentials, query }) {
    const back = new URLSearchParams(query).get('return_to')
    const allowed = back === null ? undefined : accounts.providers.mayReturnTo(back)
    const url = await accounts.signOut(credentials, allowed)
    return url === undefined ? done : { value: { success: true, sign_out_url: url } }
  },
}
const setPassword: AccountRoute = {
  operation: 'set_password',
  words: {
    summary: 'Set a new password',
    description:
      'With a session and the old password; or with `user` and the `code` of an administrator, and no session.',
    body: passwordBody,
    answer: doneAnswer,
  },
  async run({ accounts, credentials, from, body }) {
    const password = textIn(body, 'new_password')
    if (body.code === undefined) await accounts.changePassword(credentials, textIn(body, 'old_password'), password)
    else await accounts.resetPassword(userIn(body), textIn(body, 'code'), password, from)
    return done
  },
}

/** With `?provider=` it is another route. */
const profileOrBegin: AccountRoute = {
  ...profile,
  words: {
    summary: 'Your profile; or off to a provider',
    description: 'The user whose session token is sent. With `provider`, a sign-in there begins, for a browser.',
    query: {
      provider: 'The provider to sign in with.',
      return_to: 'Where the browser goes on with a `code`, which `POST /user/session` takes.',
      code_challenge: 'PKCE, S256: then the code is good with its `code_verifier` only.',
    },
    answer: profileAnswer,
    redirect: 'To the provider.',
  },
}

const session = (admin: boolean) => ({
  GET: admin ? profile : profileOrBegin,
  POST: signIn(admin),
  PUT: renew,
  DELETE: signOut,
})
const routes: Readonly<Record<string, Readonly<Partial<Record<HttpMethod, AccountRoute>>>>> = {
  'user/session': session(false),
  'system/admin/session': session(true),
  'user/profile': { GET: profile },
  'user/providers': { GET: listProviders },
  'user/password': { POST: setPassword, PUT: setPassword },
}

/** Every route, by its path below the base. */
export function accountRoutes(): readonly {
  readonly path: string
  readonly method: HttpMethod
  readonly route: AccountRoute
}[] {
  const ofProviders = ['callback', 'metadata'].map((what) => {
    const path = `user/session/{provider}/${what}`
    return [path, providerRoutes(path.split('/')) ?? {}] as const
  })
  return [...Object.entries(routes), ...ofProviders].flatMap(([path, methods]) =>
    (Object.entries(methods) as [HttpMethod, AccountRoute][]).map(([method, route]) => ({ path, method, route })),
  )
}

/** The route of a target, or undefined where it is none of an account. Throws `method_not_allowed`. */
export function accountRoute({ segments, query }: Target, method: HttpMethod): AccountRoute | undefined {
  const path = segments.join('/')
  const methods = Object.hasOwn(routes, path) ? routes[path] : providerRoutes(segments)
  if (!methods) return undefined
  if (path === 'user/session' && method === 'GET') {
    const provider = new URLSearchParams(query).get('provider')
    if (provider !== null) return beginAt(provider)
  }
  const route = methods[method]
  if (route) return route
  throw new Failure('method_not_allowed', `${method} is not possible here`, {
    context: { allow: [...Object.keys(methods), 'OPTIONS'] },
  })
}

/**
 * Runs a route, and writes the call down as the pipeline does for all others. What is thrown is the caller's to write
 * down. A flow of another surface is answered for it to go on.
 */
export async function runAccount(
  route: AccountRoute,
  accounts: Accounts,
  pipeline: Pipeline,
  request: IncomingMessage,
  query: string,
  call: { -readonly [K in keyof Call]: Call[K] },
): Promise<Reply | ProviderFlowEnd> {
  if (route.input) call.input = route.input
  const body = hasBody(request) ? await (route.form ? formBody(request) : jsonBody(request)) : {}
  const named = userNames.map((name) => body[name]).find((value) => typeof value === 'string')
  if (named !== undefined && !route.form) call.input = { user: String(named).slice(0, 190) }
  const { address } = call.credentials
  const from = {
    ...(address !== undefined && { address }),
    ...(call.client !== undefined && { client: call.client }),
  }
  if (route.ends) await pipeline.answered?.(call, 1)
  const { cookie } = request.headers
  const answer = await route.run({ accounts, credentials: call.credentials, from, body, query, cookie })
  if (answer.elsewhere) return answer.elsewhere
  const credentials = answer.token === undefined ? call.credentials : { ...from, bearer: answer.token }
  if (!route.ends) await pipeline.answered?.({ ...call, credentials }, 1)
  return replyOf(answer)
}

function replyOf({ value, location, setCookie, text }: AccountAnswer): Reply {
  const headers = ['Content-Type', text?.type ?? 'application/json', 'Cache-Control', 'no-store']
  if (location !== undefined) headers.push('Location', location, 'Referrer-Policy', 'no-referrer')
  if (setCookie !== undefined) headers.push('Set-Cookie', setCookie)
  return { status: location === undefined ? 200 : 303, headers, body: text?.text ?? JSON.stringify(value) }
}

/** Bytes; answers of SAML bring all groups of a person. */
const mostFormBytes = 256 * 1024

async function formBody(request: IncomingMessage): Promise<JsonObject> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') {
    throw new Failure('unsupported_media_type', 'A form is sent here, as application/x-www-form-urlencoded')
  }
  const bytes = await readBody(request, mostFormBytes)
  return Object.fromEntries(new URLSearchParams(bytes.toString('utf8')))
}

async function jsonBody(request: IncomingMessage): Promise<JsonObject> {
  requireJson(request)
  const body = parseBody(await readBody(request, mostBytes))
  if (isJsonObject(body)) return body
  throw new Failure('invalid', 'The body is a JSON object here')
}

/** Programs of this kind call it by one of these names. */
const userNames = ['user', 'username', 'email', 'name']

function userIn(body: JsonObject): string {
  for (const name of userNames) {
    const value = body[name]
    if (typeof value === 'string' && value !== '') return checked(value, name)
  }
  throw new Failure('invalid', 'Who signs in is not said', { hint: 'Send {"user": "...", "password": "..."}' })
}

function textIn(body: JsonObject, name: string): string {
  const value = body[name]
  if (typeof value === 'string' && value !== '') return checked(value, name)
  throw new Failure('invalid', `\`${name}\` is missing`)
}

function checked(value: string, name: string): string {
  if (value.length <= 1024) return value
  throw new Failure('invalid', `\`${name}\` is too long`)
}
