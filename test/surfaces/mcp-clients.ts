import { Client as Client2, StreamableHTTPClientTransport as Http2 } from '@modelcontextprotocol/client'
import { StdioClientTransport as Stdio2 } from '@modelcontextprotocol/client/stdio'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as Stdio1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

const who = { name: 'surfaces-test', version: '1.0.0' }

export type Era = NonNullable<NonNullable<ConstructorParameters<typeof Client2>[1]>['versionNegotiation']>

/** Where an endpoint is and with which key. */
export interface Endpoint {
  readonly url: string
  readonly key: string
}

/** A process that speaks MCP over its standard input and output. */
export interface Program {
  readonly command: string
  readonly args: string[]
  readonly cwd: string
  readonly env: Record<string, string>
}

export async function sdk1({ url, key }: Endpoint) {
  const client = new Client1(who)
  const transport = new Http1(new URL(url), { requestInit: { headers: { 'X-API-Key': key } } })
  // Its class and its interface disagree on optional members that are undefined.
  await client.connect(transport as Parameters<typeof client.connect>[0])
  return client
}

export async function sdk2({ url, key }: Endpoint, versionNegotiation: Era) {
  const client = new Client2(who, { versionNegotiation })
  await client.connect(new Http2(new URL(url), { requestInit: { headers: { 'X-API-Key': key } } }))
  return client
}

export async function sdk1Stdio(program: Program) {
  const client = new Client1(who)
  await client.connect(new Stdio1({ ...program, stderr: 'ignore' }))
  return client
}

export async function sdk2Stdio(program: Program, versionNegotiation: Era) {
  const client = new Client2(who, { versionNegotiation })
  await client.connect(new Stdio2({ ...program, stderr: 'ignore' }))
  return client
}

/** What the clients have in common. */
export type McpClient = Awaited<ReturnType<typeof sdk1>> | Awaited<ReturnType<typeof sdk2>>
