import type {
  AuditEvent,
  AuditTrail,
  Authenticator,
  Authority,
  Failure,
  JsonValue,
  Limiter,
  OperationsOf,
  Services,
  SpecOf,
} from '@gatehouse/core'

/** The value to write down for an argument or record member of that name. */
export type Redact = (name: string, value: JsonValue) => JsonValue

/** All that the pipeline asks of the rest of Gatehouse. */
export interface PipelinePorts {
  readonly authenticator: Authenticator
  readonly authority: Authority
  readonly limiter: Limiter
  readonly trail: AuditTrail
  readonly services: Services
  readonly operationsOf: OperationsOf
  readonly specOf: SpecOf
  /** Names of arguments and columns whose values are never written down, or what decides it value by value. */
  readonly redact: readonly string[] | Redact
  /** Sees each audit event, for metrics. Must not throw. */
  observe?(event: AuditEvent): void
  /** Sees each failure that has a cause or is `internal`, with the request id that the caller got. */
  log?(failure: Failure, requestId: string): void
}
