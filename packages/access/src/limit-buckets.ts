import type { Use } from '@gatehouse/core'
import type { LimitConfig } from './limits-config.js'
import { resourcePattern } from './resource-pattern.js'

/** What a use counts against under one limit, or undefined where the limit does not apply. */
export interface Bucket {
  /** The count's name, without the principal. */
  readonly name: string
  /** True: each principal has a count of its own. */
  readonly perPrincipal: boolean
}

/**
 * The buckets of a use under one limit. Depends only on the principal's roles and kind, the service, the operation
 * and the resource. A limit per role without a role named counts under each role that the principal has.
 */
export function bucketsOf(limit: LimitConfig, { principal, service, operation, resource }: Use): readonly Bucket[] {
  if (limit.role !== undefined && !principal.roles.includes(limit.role)) return []
  if (limit.service !== undefined && limit.service !== service) return []
  if (limit.operation !== undefined && limit.operation !== operation) return []
  if (limit.resource !== undefined && !resourcePattern(limit.resource).matches(resource)) return []
  switch (limit.per) {
    case 'instance':
      return [{ name: '', perPrincipal: false }]
    case 'principal':
      return [{ name: '', perPrincipal: true }]
    case 'key':
      return principal.kind === 'key' ? [{ name: '', perPrincipal: true }] : []
    case 'role':
      return (limit.role === undefined ? principal.roles : [limit.role]).map((name) => ({ name, perPrincipal: false }))
    case 'service':
      return [{ name: service, perPrincipal: false }]
    case 'table':
      return resource.startsWith('_table/') ? [{ name: `${service}/${resource}`, perPrincipal: false }] : []
    case 'operation':
      return [{ name: `${service}/${operation}`, perPrincipal: false }]
    default:
      return limit.per satisfies never
  }
}

/** The limit in words, for the caller whom it refuses: `20 calls a minute for each key on salesdb _table/customers`. */
export function describeLimit({ rate, period, per, role, service, resource, operation }: LimitConfig): string {
  const whose = {
    instance: ' for all callers together',
    principal: ' for each caller',
    key: ' for each key',
    role: role === undefined ? ' for each role' : ` for the role ${role}`,
    service: service === undefined ? ' for each service' : '',
    table: resource === undefined ? ' for each table' : '',
    operation: operation === undefined ? ' for each operation' : '',
  }[per]
  const subject = [service, operation, resource].filter((part) => part !== undefined).join(' ')
  const among = role !== undefined && per !== 'role' ? ` with the role ${role}` : ''
  return `${rate} ${rate === 1 ? 'call' : 'calls'} ${period === 'hour' ? 'an' : 'a'} ${period}${whose}${among}${subject === '' ? '' : ` on ${subject}`}`
}
