import type { Reply } from '../harness/api.js'
import type { RunningGateway } from '../harness/running-gateway.js'

/** Calls of somebody with these headers; paths are below the gateway's root. */
export interface Person {
  readonly token: string
  get(path: string): Promise<Reply>
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>
  post(path: string, body: unknown): Promise<Reply>
}

export function caller(url: string, headers: Record<string, string>): Person {
  const send = async (method: string, path: string, body?: unknown, more: Record<string, string> = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers, ...more },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const json = response.headers.get('content-type')?.includes('json')
    const { status } = response
    return { status, headers: response.headers, text, body: json && text !== '' ? JSON.parse(text) : undefined }
  }
  return {
    token: headers.authorization?.replace('Bearer ', '') ?? '',
    get: (path) => send('GET', path),
    send,
    post: (path, body) => send('POST', path, body),
  }
}

/** Signs in below `root` (`/t/acme` for a tenant). Throws where it is refused. */
export async function signIn(url: string, user: string, password: string, root = ''): Promise<Person> {
  const reply = await caller(url, {}).post(`${root}/api/v2/user/session`, { user, password })
  if (reply.status !== 200) throw new Error(reply.text)
  return caller(url, { authorization: `Bearer ${reply.body.session_token}` })
}

/** Who was made at the first start. */
export async function administrator(gateway: RunningGateway, tenant = 'default'): Promise<Person> {
  const made = gateway.users.find((user) => user.tenant === tenant)
  if (!made) throw new Error('no administrator was made')
  return signIn(gateway.url, made.name, made.password, tenant === 'default' ? '' : `/t/${tenant}`)
}

export const goodPassword = 'four words of nonsense'
