import { createServer, type IncomingHttpHeaders, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRest } from '../create-rest.js'
import type { RestOptions } from '../options.js'
import { type TestPipeline, testPipeline } from './pipeline.js'

interface Asked {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  readonly text: string
  /** The body as JSON; the test says what it is. */
  json(): unknown
}

export interface AskOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Do not send the API key. */
  readonly anonymous?: boolean
}

export interface TestServer {
  readonly url: string
  readonly port: number
  readonly pipeline: TestPipeline
  readonly errors: Readonly<Record<string, unknown>>[]
  ask(path: string, options?: AskOptions): Promise<Asked>
  close(): Promise<void>
}

/** A real HTTP server with the REST surface over a test pipeline. */
export async function startServer(more: Partial<RestOptions> = {}): Promise<TestServer> {
  const pipeline = testPipeline()
  const errors: Readonly<Record<string, unknown>>[] = []
  const listener = createRest({
    pipeline,
    publicUrl: 'https://gatehouse.test',
    allowedHosts: ['localhost', '127.0.0.1'],
    bodyLimit: 10_000,
    health: { live: () => true, ready: () => true },
    log: { error: (fields) => errors.push(fields) },
    ...more,
  })
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pipeline,
    errors,
    ask: (path, options) => ask(port, path, options),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function ask(port: number, path: string, options: AskOptions = {}): Promise<Asked> {
  const { method = options.body === undefined ? 'GET' : 'POST', body, anonymous } = options
  const headers = { ...(!anonymous && { 'x-api-key': 'good' }), ...options.headers }
  return new Promise((resolve, reject) => {
    const request = send({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        const text = bytes.toString('utf8')
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes,
          text,
          json: () => JSON.parse(text) as unknown,
        })
      })
    })
    request.on('error', reject)
    if (body !== undefined) request.setHeader('Content-Length', Buffer.byteLength(body))
    request.end(body)
  })
}
