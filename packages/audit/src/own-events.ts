import type { ChainHead } from '@gatehouse/core'
import type { WrittenEvent } from './event-text.js'

/** Events that the audit writes about itself, in the service `system`. */
type OwnOperation = 'start_audit' | 'stop_audit' | 'lose_audit_events'

function ownEvent(operation: OwnOperation, input: WrittenEvent['arguments']): WrittenEvent {
  return {
    time: new Date().toISOString(),
    request_id: '',
    tenant: '',
    principal: 'system',
    surface: 'system',
    service: 'system',
    operation,
    effect: 'execute',
    resource: '_audit',
    arguments: input,
    decision: 'allowed',
    status: 200,
    duration_ms: 0,
  }
}

/** The first event of a chain. It holds on to the ends of the chains before it, so that they cannot be cut unnoticed. */
export function startEvent(heads: readonly ChainHead[]): WrittenEvent {
  return ownEvent('start_audit', { heads: heads.map(({ chain, seq, hash }) => `${chain} ${seq} ${hash}`).join('\n') })
}

/** The last event of a chain whose process ended in order. */
export function stopEvent(): WrittenEvent {
  return ownEvent('stop_audit', {})
}

/** Says how many events were lost because they could not be written for so long that the buffer was full. */
export function lossEvent(count: number): WrittenEvent {
  return ownEvent('lose_audit_events', { count })
}

/** The heads that a start event holds on to; undefined for every other event. */
export function headsOf(event: Readonly<Record<string, unknown>>): readonly ChainHead[] | undefined {
  const { operation, service, surface, arguments: input } = event
  if (operation !== 'start_audit' || service !== 'system' || surface !== 'system') return undefined
  const text = typeof input === 'object' && input !== null && 'heads' in input ? String(input.heads) : ''
  return text.split('\n').flatMap((line) => {
    const [chain, seq, hash] = line.split(' ')
    return chain && seq && hash ? [{ chain, seq: Number(seq), hash }] : []
  })
}

export function isStop(event: Readonly<Record<string, unknown>>): boolean {
  return event.operation === 'stop_audit' && event.service === 'system' && event.surface === 'system'
}
