import type {
  AuditEvent,
  AuditTrail,
  Authenticator,
  Authority,
  Failure,
  Limiter,
  OperationsOf,
  Services,
  SpecOf,
} from '@gatehouse/core'

/** All that the pipeline asks of the rest of Gatehouse. */
export interface PipelinePorts {
  /** Whose pipeline it is, for the events of callers who are not known. */
  readonly tenant?: string
  readonly authenticator: Authenticator
  readonly authority: Authority
  readonly limiter: Limiter
  readonly trail: AuditTrail
  readonly services: Services
  readonly operationsOf: OperationsOf
  readonly specOf: SpecOf
  /**
   * Sees each audit event, for metrics. Must not throw. `known`: the names of the service and the operation are not made
   * up by a caller.
   */
  observe?(event: AuditEvent, known: boolean): void
  /** Sees each failure that has a cause or is `internal`, with the request id that the caller got. */
  log?(failure: Failure, requestId: string): void
}
