import type { Call, Credentials, JsonObject, Pipeline, Principal } from '@gatehouse/core'
import type { Confirmations } from './confirm.js'
import type { DocumentReader } from './document/document-reader.js'
import { shows, type View } from './endpoint.js'
import type { Era } from './era.js'
import type { MirrorHeaders } from './mirror-headers.js'
import type { McpOptions } from './options.js'
import type { Envelopes } from './result.js'
import type { SealedStates } from './sealed-state.js'
import type { Subscriptions } from './subscriptions.js'
import type { ToolSets } from './tool-set.js'

/** What all requests share. */
export interface Server {
  readonly options: McpOptions
  readonly pipeline: Pipeline
  readonly envelopes: Envelopes
  readonly toolSets: ToolSets
  readonly subscriptions: Subscriptions
  readonly confirmations: Confirmations
  readonly states: SealedStates
  readonly documents: DocumentReader
}

/** The way back to the client while its request is being answered. */
export interface Channel {
  readonly transport: 'http' | 'stdio'
  /** The client can take notifications before the answer. */
  readonly takesNotifications: boolean
  notify(method: string, params: JsonObject): void
  /**
   * Asks the client, in the eras where a server may. Rejects when the client cannot be asked, and when the call that
   * asks is over. `within` ends the waiting sooner.
   */
  ask(method: string, params: JsonObject, within?: AbortSignal): Promise<JsonObject>
}

/** One request while it is being answered. */
export interface Exchange {
  readonly server: Server
  readonly era: Era
  readonly view: View
  readonly credentials: Credentials
  readonly principal: Principal
  readonly requestId: string
  /** The request's own id, as JSON text. */
  readonly id: string
  readonly method: string
  readonly params: JsonObject
  readonly meta: JsonObject
  /** Name and version of the client, for the audit. */
  readonly client: string | undefined
  readonly clientCapabilities: JsonObject
  /** Undefined where the transport has no headers. */
  readonly headers: MirrorHeaders | undefined
  /** Aborted when the client goes away or cancels. */
  readonly signal: AbortSignal
  readonly channel: Channel
}

/** The exchange as a use of an operation. `escaped`: the text of records may come escaped for a JSON string. */
export function callOf(
  exchange: Pick<Exchange, 'credentials' | 'requestId' | 'signal' | 'view' | 'client'>,
  service: string,
  operation: string,
  input: JsonObject,
  escaped = false,
): Call {
  return {
    surface: 'mcp',
    credentials: exchange.credentials,
    service,
    operation,
    input,
    requestId: exchange.requestId,
    signal: exchange.signal,
    limits: exchange.view.limits,
    escaped,
    shows: (other) => shows(exchange.view, other),
    ...(exchange.client !== undefined && { client: exchange.client }),
  }
}
