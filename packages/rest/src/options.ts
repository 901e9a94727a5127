import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Accounts, IdempotencyStore, Pipeline, ProviderFlowEnd } from '@gatehouse/core'

export interface RestOptions {
  readonly pipeline: Pipeline
  /** Sessions and passwords; absent: nobody can sign in here. */
  readonly accounts?: Accounts
  /** Answers the end of a provider's flow that another surface began. False: it did not. */
  readonly completeSignIn?: (
    flow: ProviderFlowEnd,
    request: IncomingMessage,
    response: ServerResponse,
  ) => Promise<boolean>
  /** Where clients reach the server, without a path: `https://gatehouse.example.com`. */
  readonly publicUrl: string
  /** Host names (without port) that requests may be for; `*` allows all. A guard against DNS rebinding. */
  readonly allowedHosts: readonly string[]
  /** Other origins whose pages may call; `*` allows all. Absent: pages of the server's own origin only. */
  readonly cors?: { readonly origins: readonly string[] }
  /** Bytes that a request's body may have. */
  readonly bodyLimit: number
  /** Unique ids for requests that bring none. */
  readonly newRequestId?: () => string
  /** Answers by Idempotency-Key. Absent: kept in the memory of this process. */
  readonly idempotency?: IdempotencyStore
  readonly health: Health
  /** Prometheus text. */
  readonly metrics?: () => Promise<string>
  readonly log: RestLog
}

export interface Health {
  /** False: the process should be replaced. */
  live(): boolean
  /** False: send no requests for now. */
  ready(): boolean | Promise<boolean>
}

/** What the surface says of itself; a pino logger fits. */
export interface RestLog {
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}
