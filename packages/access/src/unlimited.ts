import type { RolesConfig } from './roles-config.js'
import { surfaces, verbs } from './roles-config.js'

/**
 * True for who may do everything everywhere: one of the roles grants all verbs on all resources of all services, on all
 * surfaces and without any restriction, and none of them denies anything. Only such a caller may hand out rights that it
 * was not given by name.
 */
export function isUnlimited(roles: RolesConfig, held: readonly string[]): boolean {
  const grants = held.flatMap((role) => (Object.hasOwn(roles, role) ? (roles[role]?.grants ?? []) : []))
  if (grants.some((grant) => grant.deny === true)) return false
  return grants.some(
    ({ service, resource, verbs: allowed = [], surfaces: on = surfaces, fields, rows, max_rows }) =>
      service === '*' &&
      resource === '*' &&
      verbs.every((verb) => allowed.includes(verb)) &&
      surfaces.every((surface) => on.includes(surface)) &&
      fields === undefined &&
      rows === undefined &&
      max_rows === undefined,
  )
}
