import { type AuditTrail, Failure } from '@gatehouse/core'
import type { CallRecord } from './call-record.js'
import type { PipelinePorts } from './pipeline-ports.js'

/**
 * Writes a finished call down. A promise only where the answer must wait for it. Throws `unavailable` where the trail
 * refuses the event of a call that went well; of a failed one, the call's own failure is the answer.
 */
export type KeepRecord = (record: CallRecord, failure?: Failure) => undefined | Promise<void>

export function createRecordKeeper(ports: Pick<PipelinePorts, 'tenant' | 'trail' | 'observe' | 'log'>): KeepRecord {
  const lost = (record: CallRecord, failure: Failure | undefined, cause: unknown) => {
    const unwritten = new Failure('unavailable', 'The call was done, but it could not be written down', {
      hint: 'Look whether it took effect before you repeat it',
      retryAfter: 5,
      cause,
    })
    ports.log?.(unwritten, record.call.requestId)
    if (!failure) throw unwritten
  }
  return (record, failure) => {
    if (failure && (failure.cause !== undefined || failure.code === 'internal')) {
      ports.log?.(failure, record.call.requestId)
    }
    try {
      const event = record.event(failure, ports.tenant)
      ports.observe?.(event, record.operation !== undefined || record.allowed)
      const written = ports.trail.record(event)
      return written?.catch((cause: unknown) => lost(record, failure, cause))
    } catch (cause) {
      lost(record, failure, cause)
      return undefined
    }
  }
}

/** Nothing is changed that could not be written down. */
export function refuseUnwritable(trail: AuditTrail): void {
  if (trail.writable) return
  throw new Failure('unavailable', 'Calls that change data are refused while the audit trail cannot be written', {
    hint: 'Reading works; try again later',
    retryAfter: 10,
  })
}
