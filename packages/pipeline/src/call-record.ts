import {
  type AuditEvent,
  type Call,
  type Failure,
  isFilePlan,
  type Operation,
  type Plan,
  type Principal,
} from '@gatehouse/core'
import { fingerprint } from './fingerprint.js'
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
  /** Tables of other services whose records were asked for: `crm/_table/contacts`. */
  across: readonly string[] = []

  constructor(call: Omit<Call, 'signal'>) {
    this.call = call
    this.input = call.input
  }

  /** The event, with now as the end of the call. The trail redacts the arguments as it writes them. */
  event(failure?: Failure, tenant = ''): AuditEvent {
    const { call, principal, operation, plan, notes } = this
    const data =
      plan === undefined || plan.kind === 'catalog' || plan.kind === 'control' || isFilePlan(plan) ? undefined : plan
    const event: { -readonly [K in keyof AuditEvent]: AuditEvent[K] } = {
      time: timeText(Date.now()),
      request_id: call.requestId,
      tenant: principal?.tenant ?? tenant,
      principal: principal?.id ?? 'anonymous',
      surface: call.surface,
      service: call.service,
      operation: call.operation,
      effect: operation?.effect ?? 'read',
      resource: this.resource,
      arguments: argumentsOf(this),
      decision: this.allowed ? 'allowed' : 'refused',
      status: failure?.status ?? 200,
      duration_ms: Math.round((performance.now() - this.started) * 1000) / 1000,
    }
    if (principal?.actor !== undefined) {
      event.principal = principal.actor
      event.on_behalf_of = principal.id
    }
    if (call.client !== undefined) event.client = call.client
    if (call.credentials.address !== undefined) event.address = call.credentials.address
    if (notes.policies) event.policy = policyText(notes.policies)
    if (notes.masked) event.masked = [...notes.masked]
    if (data) event.fingerprint = fingerprint(data)
    if (this.rows !== undefined) event.rows = this.rows
    if (failure) event.reason = `${failure.code}: ${failure.message}`
    return event
  }
}

/** The input, and what ties the events of one call together that reached several services. */
function argumentsOf({ call, input, across }: CallRecord): Call['input'] {
  if (call.origin === undefined && across.length === 0) return input
  return {
    ...input,
    ...(call.origin === undefined ? {} : { across_from: call.origin }),
    ...(across.length === 0 ? {} : { across }),
  }
}

let second = -1
let secondText = ''

/** ISO 8601 in UTC with milliseconds; the calendar is worked out once a second. */
function timeText(now: number): string {
  const current = Math.floor(now / 1000)
  if (current !== second) {
    second = current
    secondText = new Date(current * 1000).toISOString().slice(0, -4)
  }
  return `${secondText}${String(now - current * 1000).padStart(3, '0')}Z`
}

function policyText(policies: ReadonlyMap<string, string>): string {
  if (policies.size === 1) for (const text of policies.values()) return text
  return [...policies].map(([table, text]) => `${table}: ${text}`).join('; ')
}
