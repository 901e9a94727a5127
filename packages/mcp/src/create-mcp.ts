import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Credentials, Failure } from '@gatehouse/core'
import { createConfirmations } from './confirm.js'
import { createDocumentReader } from './document/document-reader.js'
import { createViews, viewOf } from './endpoint.js'
import type { Example } from './examples.js'
import type { Server } from './exchange.js'
import { createHttp } from './http.js'
import { shownExamples } from './instructions.js'
import type { McpOptions } from './options.js'
import { createOriginCheck } from './origin.js'
import { createEnvelopes } from './result.js'
import { createSealedStates } from './sealed-state.js'
import { type StdioStreams, serveStdio } from './stdio.js'
import { createSubscriptions } from './subscriptions.js'
import { createToolSets } from './tool-set.js'

/** The MCP surface: the operations of a pipeline as tools, over HTTP and over standard input and output. */
export interface Mcp {
  /** Answers a request to `/mcp` or `/mcp/{name}`; false for any other, which is left as it was. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Serves one local client until its input ends. Throws `unauthenticated`, or `not_found` for the endpoint. */
  stdio(credentials: Credentials, streams: StdioStreams, endpoint?: string): Promise<void>
  /** Tells subscribers that tools and resources have changed: those of one service, or all. */
  changed(service?: string): void
  /** The names and definitions of the tools that a caller is given, and the calls that the instructions show it. */
  describe(credentials: Credentials, endpoint?: string): Promise<Description>
  /** Ends the open streams with a result, for shutting down. */
  close(): void
}

export interface Description {
  readonly tools: readonly { readonly name: string; readonly description: string }[]
  /** The tools are behind find_operations, describe_operation and call_operation. */
  readonly facade: boolean
  readonly examples: readonly Example[]
}

export function createMcp(options: McpOptions): Mcp {
  const server: Server = {
    options,
    pipeline: options.pipeline,
    envelopes: createEnvelopes(options.serverInfo),
    toolSets: createToolSets(options.pipeline),
    subscriptions: createSubscriptions(),
    confirmations: createConfirmations(options.confirmAbove ?? 100, options.answerWithinMs ?? 300_000),
    states: createSealedStates(options.stateKey),
    documents: createDocumentReader(),
  }
  const viewNamed = (endpoint: string) => {
    const settings = Object.hasOwn(options.endpoints, endpoint) ? options.endpoints[endpoint] : undefined
    if (!settings) throw new Failure('not_found', `There is no MCP endpoint \`${endpoint}\``)
    return viewOf(endpoint, settings, new URLSearchParams())
  }
  options.fixture?.start((list) => server.subscriptions.changed([list]))
  return {
    handle: createHttp(server, createViews(options.endpoints), createOriginCheck(options)),
    stdio: async (credentials, streams, endpoint = 'default') =>
      serveStdio(server, viewNamed(endpoint), credentials, streams),
    changed: (service) => server.subscriptions.changed(['tools', 'resources'], service),
    describe: async (credentials, endpoint = 'default') => {
      const principal = await options.pipeline.authenticate(credentials)
      const set = server.toolSets.current(viewNamed(endpoint), principal)
      return {
        tools: [...set.tools.values()].map(({ name, definition: { description } }) => ({ name, description })),
        facade: set.facade,
        examples: shownExamples(set, options.pipeline, principal),
      }
    },
    close() {
      server.subscriptions.endAll()
      server.documents.close()
    },
  }
}
