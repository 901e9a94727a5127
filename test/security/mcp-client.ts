/** What an MCP endpoint answered to one message. */
export interface McpReply {
  readonly status: number
  readonly headers: Headers
  /** The whole body as it came. */
  readonly text: string
  /** The text of a tool's result; empty where there is none. */
  readonly content: string
  /** A result that says so, or an error of the protocol. */
  readonly failed: boolean
  /** The code in a tool's failure; `protocol` for an error of the protocol. */
  readonly code: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape, and a wrong guess fails the test
  readonly body: any
}

export interface McpClient {
  call(tool: string, input: unknown): Promise<McpReply>
  send(method: string, params: unknown, headers?: Record<string, string>): Promise<McpReply>
}

/** A bare client of an MCP endpoint: it sends what it is told, without a look at it. */
export function createMcpClient(url: string, key: string, path = '/mcp'): McpClient {
  let id = 0
  const send: McpClient['send'] = async (method, params, headers = {}) => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: {
        'x-api-key': key,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-11-25',
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params }),
    })
    const text = await response.text()
    const body = text === '' ? undefined : JSON.parse(text)
    const content = body?.result?.content?.[0]?.text ?? ''
    const failed = body?.error !== undefined || body?.result?.isError === true
    return {
      status: response.status,
      headers: response.headers,
      text,
      content,
      failed,
      code: body?.result?.isError ? codeIn(content) : body?.error === undefined ? undefined : 'protocol',
      body,
    }
  }
  return { send, call: (tool, input) => send('tools/call', { name: tool, arguments: input }) }
}

function codeIn(content: string): string | undefined {
  try {
    return JSON.parse(content).error?.code
  } catch {
    return undefined
  }
}
