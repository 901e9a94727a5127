import { type AuditEvent, auditTextLimits, type JsonObject, type Surface } from '@gatehouse/core'
import { type Redacted, redactText } from './redact.js'

/** An event of a call, or one that the audit writes about itself. */
export type WrittenEvent = Omit<AuditEvent, 'surface'> & { readonly surface: Surface | 'system' }

/**
 * The event as the JSON text that is hashed and stored: members always in the same order, long ones cut. Written by
 * hand, since that takes half the time of JSON.stringify for the many short texts of an event, once for each call.
 */
export function eventText(event: WrittenEvent, redact: (input: JsonObject) => Redacted): string {
  const { arguments: input, values } = redact(event.arguments)
  const reason = event.reason === undefined ? undefined : redactText(event.reason, values)
  return storable(
    `{"time":${quoted(event.time)}` +
      memberText('request_id', event.request_id) +
      members.tenant(event.tenant) +
      members.principal(event.principal) +
      members.on_behalf_of(event.on_behalf_of) +
      members.client(event.client) +
      members.address(event.address) +
      members.surface(event.surface) +
      members.service(event.service) +
      members.operation(event.operation) +
      members.effect(event.effect) +
      members.resource(event.resource) +
      `,"arguments":${JSON.stringify(input)}` +
      members.policy(event.policy) +
      members.fingerprint(event.fingerprint) +
      (event.rows === undefined ? '' : `,"rows":${event.rows}`) +
      (event.masked === undefined ? '' : `,"masked":${JSON.stringify(event.masked)}`) +
      members.decision(event.decision) +
      memberText('reason', reason) +
      `,"status":${event.status},"duration_ms":${event.duration_ms}}`,
  )
}

type TextMember = keyof typeof auditTextLimits

/** Most members are as they were in the event before. */
function member(name: TextMember): (value: string | undefined) => string {
  let last: string | undefined
  let lastText = ''
  return (value) => {
    if (value !== last) {
      lastText = memberText(name, value)
      last = value
    }
    return lastText
  }
}

const members = {
  tenant: member('tenant'),
  principal: member('principal'),
  on_behalf_of: member('on_behalf_of'),
  client: member('client'),
  address: member('address'),
  surface: member('surface'),
  service: member('service'),
  operation: member('operation'),
  effect: member('effect'),
  resource: member('resource'),
  policy: member('policy'),
  fingerprint: member('fingerprint'),
  decision: member('decision'),
}

function memberText(name: TextMember, value: string | undefined): string {
  if (value === undefined) return ''
  const most = auditTextLimits[name]
  return `,"${name}":${quoted(value.length <= most ? value : cut(value, most))}`
}

/** Control characters, quotes, backslashes and surrogates: what JSON.stringify must have a look at. */
const special = /[^ !#-[\]-\ud7ff\ue000-\uffff]/

function quoted(value: string): string {
  return special.test(value) ? JSON.stringify(value) : `"${value}"`
}

function cut(value: string, most: number): string {
  return `${value.slice(0, most - 3)}...`
}

/**
 * NUL and lone surrogates are valid in JSON, but PostgreSQL takes neither into a text: one hostile argument would
 * keep every event from being written. They become U+FFFD.
 */
function storable(json: string): string {
  if (!json.includes('\\u')) return json
  return json.replaceAll(/\\(\\|u0000|ud[89a-f][0-9a-f]{2})/g, (escaped, what) => (what === '\\' ? escaped : '\ufffd'))
}
