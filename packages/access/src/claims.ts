import { isJsonObject, type JsonValue } from '@gatehouse/core'

/** What an outside provider says of a person. Own members count only; several values are a list. */
export type Claims = Readonly<Record<string, JsonValue | undefined>>

/** How claims become roles and attributes. */
export interface ClaimMapping {
  /** The claim with groups or roles: `groups`, `realm_access.roles`. */
  readonly rolesClaim: string
  /** Roles by a value of the claim. */
  readonly roles: Readonly<Record<string, readonly string[]>>
  readonly defaultRoles: readonly string[]
  /** Claims by attribute: `{ country: address.country }`. */
  readonly attributes: Readonly<Record<string, string>>
}

/** Values that no rule names give no role. */
export function rolesFrom(claims: Claims, { rolesClaim, roles, defaultRoles }: ClaimMapping): readonly string[] {
  const values = claimAt(claims, rolesClaim)
  const held = (Array.isArray(values) ? values : [values]).filter((value) => typeof value === 'string')
  const mapped = held.flatMap((value) => (Object.hasOwn(roles, value) ? (roles[value] ?? []) : []))
  return [...new Set([...defaultRoles, ...mapped])]
}

/** Attributes whose claim is absent are absent. */
export function attributesFrom(claims: Claims, { attributes }: ClaimMapping): Readonly<Record<string, JsonValue>> {
  const own = Object.entries(attributes).flatMap(([attribute, claim]): [string, JsonValue][] => {
    const value = claimAt(claims, claim)
    return value === undefined ? [] : [[attribute, value]]
  })
  return Object.fromEntries(own)
}

/** The claims that a mapping reads. */
export function wantedClaims({ rolesClaim, attributes }: ClaimMapping): readonly string[] {
  return [...new Set([rolesClaim, ...Object.values(attributes)])]
}

/** Lists may be as long as a company has groups: of longer ones, those values are kept that have a role today. */
const mostKept = 500

/** What has to be kept to map the claims anew, and `more`: each under the path by which it is wanted. */
export function keptClaims(
  claims: Claims,
  mapping: ClaimMapping,
  more: readonly string[] = [],
): Readonly<Record<string, JsonValue>> {
  const kept = [...wantedClaims(mapping), ...more].flatMap((path): [string, JsonValue][] => {
    const value = claimAt(claims, path)
    if (value === undefined) return []
    if (!Array.isArray(value) || value.length <= mostKept) return [[path, value]]
    return [[path, value.filter((one) => typeof one === 'string' && Object.hasOwn(mapping.roles, one))]]
  })
  return Object.fromEntries(kept)
}

/** A claim by its name, or else by a path of names: `realm_access.roles`. */
export function claimAt(claims: Claims, path: string): JsonValue | undefined {
  if (Object.hasOwn(claims, path)) return claims[path]
  let value: JsonValue | undefined = claims as JsonValue
  for (const name of path.split('.')) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}
