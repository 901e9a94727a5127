import { createHash, randomBytes } from 'node:crypto'

export interface TokenAnswer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape, and a wrong guess fails the test
  readonly body: any
}

/** What a client makes of its own for one authorization. */
export function pkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

export async function postForm(
  url: string,
  fields: Readonly<Record<string, string>> | URLSearchParams,
  headers: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' })
  return answerOf(response)
}

export async function postJson(url: string, body: unknown): Promise<TokenAnswer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return answerOf(await fetch(url, { method: 'POST', body: text, headers: { 'content-type': 'application/json' } }))
}

async function answerOf(response: Response): Promise<TokenAnswer> {
  const text = await response.text()
  const json = response.headers.get('content-type')?.includes('json') && text !== ''
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text }
}

/** A call of MCP's newer era with a token, as a client sends it. */
export async function callTool(
  url: string,
  token: string | undefined,
  name: string,
  input: Readonly<Record<string, unknown>>,
): Promise<TokenAnswer> {
  return rpc(url, token, 'tools/call', { name, arguments: input }, { 'Mcp-Name': name })
}

export async function rpc(
  url: string,
  token: string | undefined,
  method: string,
  params: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return answerOf(await fetch(url, mcpRequest(method, params, { ...authorization, ...headers })))
}

/** A request of MCP, with all that it must have. */
export function mcpRequest(
  method: string,
  params: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>>,
): RequestInit {
  const version = '2026-07-28'
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': version,
      'mcp-method': method,
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
  }
}
