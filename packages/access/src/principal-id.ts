/** Whose data is at the root of the server's paths. */
export const defaultTenant = 'default'

/**
 * Unique among the principals of all tenants: `key:demo`, and `acme/key:demo` in another tenant. Names of tenants have
 * no colon, so neither can be taken for the other.
 */
export function principalId(kind: string, name: string, tenant: string): string {
  return tenant === defaultTenant ? `${kind}:${name}` : `${tenant}/${kind}:${name}`
}
