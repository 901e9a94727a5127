import {
  type AuditEvent,
  type Call,
  type DataPlan,
  type Failure,
  type Operation,
  type Plan,
  type Principal,
  printFilter,
} from '@gatehouse/core'
import { fingerprint } from './fingerprint.js'
import type { Redaction } from './redaction.js'
import type { RestrictionNotes } from './restriction.js'

/** What is known of one call so far. Filled in as the call goes through the pipeline; the audit event is made of it. */
export class CallRecord {
  readonly call: Omit<Call, 'signal'>
  readonly started = performance.now()
  readonly notes: RestrictionNotes = {}
  principal: Principal | undefined
  operation: Operation | undefined
  resource = ''
  /** The call's input without aliases. */
  input: Call['input']
  plan: Plan | undefined
  /** True once nothing but the source itself can refuse. */
  allowed = false
  rows: number | undefined

  constructor(call: Omit<Call, 'signal'>) {
    this.call = call
    this.input = call.input
  }

  /** The event, for now as the end of the call. */
  event(redaction: Redaction, failure?: Failure): AuditEvent {
    const { call, principal, operation, plan, notes } = this
    const data = plan === undefined || plan.kind === 'catalog' || plan.kind === 'control' ? undefined : plan
    const event: { -readonly [K in keyof AuditEvent]: AuditEvent[K] } = {
      time: new Date().toISOString(),
      request_id: call.requestId,
      tenant: principal?.tenant ?? '',
      principal: principal?.id ?? 'anonymous',
      surface: call.surface,
      service: call.service,
      operation: call.operation,
      effect: operation?.effect ?? 'read',
      resource: this.resource,
      arguments: redaction.arguments(this.input, data && filterText(data)),
      decision: this.allowed ? 'allowed' : 'refused',
      status: failure?.status ?? 200,
      duration_ms: Math.round((performance.now() - this.started) * 1000) / 1000,
    }
    if (call.client !== undefined) event.client = call.client
    if (call.credentials.address !== undefined) event.address = call.credentials.address
    if (notes.policies) event.policy = policyText(notes.policies)
    if (notes.masked) event.masked = [...notes.masked]
    if (data) event.fingerprint = fingerprint(data)
    if (this.rows !== undefined) event.rows = this.rows
    if (failure) {
      // A message may quote a value that the rule keeps out.
      event.reason = redaction.mentions(failure.message) ? failure.code : `${failure.code}: ${failure.message}`
    }
    return event
  }
}

function policyText(policies: ReadonlyMap<string, string>): string {
  if (policies.size === 1) for (const text of policies.values()) return text
  return [...policies].map(([table, text]) => `${table}: ${text}`).join('; ')
}

function filterText(plan: DataPlan): string | undefined {
  switch (plan.kind) {
    case 'select':
    case 'aggregate':
      return plan.filter && printFilter(plan.filter)
    case 'delete':
      return plan.targets.by === 'filter' && plan.targets.filter ? printFilter(plan.targets.filter) : undefined
    case 'update': {
      const [first] = plan.changes
      return first?.by === 'filter' && first.filter ? printFilter(first.filter) : undefined
    }
    case 'insert':
    case 'call':
      return undefined
    default:
      return plan satisfies never
  }
}
