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
} from '@gatehouse/core'
import type { Reply } from './exchange.js'
import { hasBody, parseBody, readBody, requireJson } from './read-body.js'

/** Something that a person does with the own account. */
export interface AccountRoute {
  /** Its name in the audit. */
  readonly operation: string
  /** What it was called with is no good afterwards, so that it is written down before. */
  readonly ends?: boolean
  run(asked: AccountCall): Promise<AccountAnswer>
}

interface AccountCall {
  readonly accounts: Accounts
  readonly credentials: Credentials
  readonly from: From
  readonly body: JsonObject
}

interface AccountAnswer {
  readonly value: JsonValue
  /** Who the caller turned out to be, for the audit. */
  readonly token?: string
}

/** Bytes; no account needs more. */
const mostBytes = 16_384

const done: AccountAnswer = { value: { success: true } }

const signIn = (admin: boolean): AccountRoute => ({
  operation: 'sign_in',
  async run({ accounts, from, body }) {
    const opened = await accounts.signIn(userIn(body), textIn(body, 'password'), from, admin)
    return { value: opened.answer, token: opened.token }
  },
})
const profile: AccountRoute = {
  operation: 'get_profile',
  run: async ({ accounts, credentials }) => ({ value: await accounts.profile(credentials) }),
}
const renew: AccountRoute = {
  operation: 'renew_session',
  async run({ accounts, credentials, from }) {
    const { answer, token } = await accounts.renew(credentials, from)
    return { value: answer, token }
  },
}
const signOut: AccountRoute = {
  operation: 'sign_out',
  ends: true,
  async run({ accounts, credentials }) {
    await accounts.signOut(credentials)
    return done
  },
}
const setPassword: AccountRoute = {
  operation: 'set_password',
  async run({ accounts, credentials, from, body }) {
    const password = textIn(body, 'new_password')
    if (body.code === undefined) await accounts.changePassword(credentials, textIn(body, 'old_password'), password)
    else await accounts.resetPassword(userIn(body), textIn(body, 'code'), password, from)
    return done
  },
}

const session = (admin: boolean) => ({ GET: profile, POST: signIn(admin), PUT: renew, DELETE: signOut })
const routes: Readonly<Record<string, Readonly<Partial<Record<HttpMethod, AccountRoute>>>>> = {
  'user/session': session(false),
  'system/admin/session': session(true),
  'user/profile': { GET: profile },
  'user/password': { POST: setPassword, PUT: setPassword },
}

/** The route of a path below the base, or undefined where it is none of an account. Throws `method_not_allowed`. */
export function accountRoute(segments: readonly string[], method: HttpMethod): AccountRoute | undefined {
  const path = segments.join('/')
  const methods = Object.hasOwn(routes, path) ? routes[path] : undefined
  if (!methods) return undefined
  const route = methods[method]
  if (route) return route
  throw new Failure('method_not_allowed', `${method} is not possible here`, {
    context: { allow: [...Object.keys(methods), 'OPTIONS'] },
  })
}

/** Runs a route, and writes the call down as the pipeline does for all others. What is thrown is the caller's to write down. */
export async function runAccount(
  route: AccountRoute,
  accounts: Accounts,
  pipeline: Pipeline,
  request: IncomingMessage,
  call: { -readonly [K in keyof Call]: Call[K] },
): Promise<Reply> {
  const body = hasBody(request) ? await jsonBody(request) : {}
  const named = userNames.map((name) => body[name]).find((value) => typeof value === 'string')
  if (named !== undefined) call.input = { user: String(named).slice(0, 190) }
  const { address } = call.credentials
  const from = {
    ...(address !== undefined && { address }),
    ...(call.client !== undefined && { client: call.client }),
  }
  if (route.ends) await pipeline.answered?.(call, 1)
  const { value, token } = await route.run({ accounts, credentials: call.credentials, from, body })
  const credentials = token === undefined ? call.credentials : { ...from, bearer: token }
  if (!route.ends) await pipeline.answered?.({ ...call, credentials }, 1)
  return {
    status: 200,
    headers: ['Content-Type', 'application/json', 'Cache-Control', 'no-store'],
    body: JSON.stringify(value),
  }
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
