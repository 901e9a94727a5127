import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMcp, type Mcp } from '../create-mcp.js'
import type { McpOptions } from '../options.js'
import { createGate, type Gate, goodKey } from './gate.js'

export interface Served {
  readonly url: string
  readonly gate: Gate
  readonly mcp: Mcp
  close(): Promise<void>
}

/** The surface on a free port of the loopback interface, in front of the gate of the tests. */
export async function serve(
  services: Readonly<Record<string, readonly string[]>> = { salesdb: ['customers', 'orders'] },
  options: Partial<McpOptions> = {},
): Promise<Served> {
  const gate = createGate(services)
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let requests = 0
  const settings = { services: '*', default_limit: 100, max_limit: 1000, api_keys: true, read_only: false } as const
  const mcp = createMcp({
    pipeline: gate,
    endpoints: { default: settings, safe: { ...settings, read_only: true }, oauth: { ...settings, api_keys: false } },
    publicUrl: url,
    allowedHosts: ['127.0.0.1', 'localhost'],
    allowedOrigins: ['https://console.example'],
    bodyLimit: 100_000,
    newRequestId: () => `request-${++requests}`,
    serverInfo: { name: 'gatehouse', version: '1.2.3' },
    log: { warn: () => undefined, error: () => undefined },
    ...options,
  })
  server.on('request', (request, response) => {
    if (!mcp.handle(request, response)) response.writeHead(404).end('not ours')
  })
  return {
    url,
    gate,
    mcp,
    close: () =>
      new Promise((resolve) => {
        mcp.close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape, and a wrong guess fails the test
  readonly body: any
}

/** A POST as a client sends it; `headers` replace or add to its own. */
export async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'X-API-Key': goodKey,
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  const json = response.headers.get('content-type')?.includes('json') && text !== ''
  return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : undefined }
}

export const version = '2026-07-28'

/** A request of 2026-07-28 with all that it must have. */
export async function ask(
  url: string,
  method: string,
  params: Record<string, unknown> = {},
  more: { readonly headers?: Record<string, string>; readonly capabilities?: object } = {},
): Promise<Reply> {
  const name = params.name ?? params.uri
  const body = {
    jsonrpc: '2.0',
    id: 7,
    method,
    params: {
      ...params,
      _meta: {
        'io.modelcontextprotocol/protocolVersion': version,
        'io.modelcontextprotocol/clientInfo': { name: 'tests', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': more.capabilities ?? {},
      },
    },
  }
  return post(url, body, {
    'MCP-Protocol-Version': version,
    'Mcp-Method': method,
    ...(typeof name === 'string' && { 'Mcp-Name': name }),
    ...more.headers,
  })
}
