import type { Pipeline } from '@gatehouse/core'
import type { Fixture } from './fixture.js'
import type { PromptSettings } from './prompts.js'

/** One entry of `mcp:` in the configuration: `/mcp` is `default`, others are `/mcp/{name}`. */
export interface EndpointSettings {
  /** Which services it exposes, of those that the caller may reach. */
  readonly services: '*' | readonly string[]
  /** Page size where the caller names none. */
  readonly default_limit: number
  /** The most a page may have. */
  readonly max_limit: number
  /** `X-API-Key` is accepted beside `Authorization: Bearer`. */
  readonly api_keys: boolean
  /** Only tools that change nothing. */
  readonly read_only: boolean
}

/** What we log: pino's logger fits. Never a secret, never a value of a row. */
export interface Log {
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Of `WWW-Authenticate` (RFC 9728, 5.1). */
interface Challenge {
  /** The URL of the endpoint's metadata. */
  readonly resourceMetadata: string
  /** Scopes with spaces between. */
  readonly scope: string
}

export interface McpOptions {
  readonly pipeline: Pipeline
  readonly endpoints: Readonly<Record<string, EndpointSettings>>
  /** By name; all endpoints have them. */
  readonly prompts?: Readonly<Record<string, PromptSettings>>
  /** Its origin may call us from a browser. */
  readonly publicUrl: string
  /** Names that the Host header may have, with or without a port: `localhost`, `[::1]`, `db.example.com:8443`. */
  readonly allowedHosts: readonly string[]
  /** Origins that may call us from a browser, beside our own: `http://localhost:5173`. */
  readonly allowedOrigins: readonly string[]
  /** Bytes that a message may have. */
  readonly bodyLimit: number
  readonly newRequestId: () => string
  readonly serverInfo: { readonly name: string; readonly version: string }
  readonly log: Log
  /** What an endpoint tells callers without a token: where to get one, and for what. Absent: there are API keys only. */
  readonly challenge?: (endpoint: string) => Challenge | undefined
  /** The tenant at whose address these endpoints are, where another one serves them, to its members. */
  readonly home?: string
  /** Rows above which a change asks for confirmation. Default 100. */
  readonly confirmAbove?: number
  /** Milliseconds in which a client must answer that we ask while its call waits. Default five minutes. */
  readonly answerWithinMs?: number
  /** Signs the state of confirmations; all processes of an installation share it. Default: random, for one process. */
  readonly stateKey?: Uint8Array
  /** More tools, resources and prompts, for test builds. */
  readonly fixture?: Fixture
}
