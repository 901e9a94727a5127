import type { Authority, Catalog, Grant, Principal, Service, Surface, Verb } from '@gatehouse/core'
import { type RolesConfig, surfaces, verbs } from './roles-config.js'

/** What a role may do with one resource on the named surfaces, once specificity and denials are resolved. */
export interface Permission {
  readonly service: string
  /** `_table/orders`, `_proc/report`, `_func/tax`; a pattern of the role where the service has no catalog to ask. */
  readonly resource: string
  readonly surfaces: readonly Surface[]
  readonly verbs: readonly Verb[]
  /** Columns that exist for the role, where the resource is a table. */
  readonly columns?: readonly string[]
  readonly hidden?: readonly string[]
  /** The only columns that exist for the role, where there is no catalog to say which the others are. */
  readonly only?: readonly string[]
  readonly masked?: Readonly<Record<string, string>>
  readonly rows?: string
  readonly maxRows?: number
  readonly timeoutMs?: number
}

/** The effective permissions of a role, in order of service and resource. Resources that it may not touch are left out. */
export function explainRole(
  authority: Authority,
  roles: RolesConfig,
  role: string,
  services: readonly Pick<Service, 'name' | 'family' | 'catalog'>[],
): readonly Permission[] {
  const asker: Principal = {
    id: `role:${role}`,
    kind: 'anonymous',
    name: role,
    roles: [role],
    attributes: {},
    tenant: 'default',
    scope: JSON.stringify([role]),
  }
  return services.flatMap((service) => {
    const known = resourcesOf(service.catalog)
    const resources = known.length > 0 ? known : patternsFor(roles, role, service.name)
    return resources.flatMap((resource) => {
      const [rest, mcp] = surfaces.map((surface) => authority.grants(asker, service.name, resource, surface))
      if (rest && mcp && sameAnswer(rest, mcp)) {
        return rest.map((grant) => permission(service, resource, surfaces, grant))
      }
      return [
        ...(rest ?? []).map((grant) => permission(service, resource, ['rest'], grant)),
        ...(mcp ?? []).map((grant) => permission(service, resource, ['mcp'], grant)),
      ]
    })
  })
}

/** Equal answers are made of the same Grant objects. */
function sameAnswer(a: readonly Grant[], b: readonly Grant[]): boolean {
  return a.length === b.length && a.every((grant, i) => grant === b[i])
}

function resourcesOf(catalog: Catalog): readonly string[] {
  const tables = [...catalog.tables.keys()].map((name) => `_table/${name}`)
  const routines = [...catalog.routines].flatMap(([name, overloads]) =>
    [...new Set(overloads.map(({ kind }) => (kind === 'procedure' ? '_proc' : '_func')))].map(
      (kind) => `${kind}/${name}`,
    ),
  )
  return [...tables.sort(), ...routines.sort()]
}

function patternsFor(roles: RolesConfig, role: string, service: string): readonly string[] {
  const grants = roles[role]?.grants ?? []
  const patterns = grants.filter((grant) => grant.service === service || grant.service === '*').map((g) => g.resource)
  return [...new Set(patterns)].sort()
}

function permission(
  service: Pick<Service, 'name' | 'family' | 'catalog'>,
  resource: string,
  on: readonly Surface[],
  grant: Grant,
): Permission {
  const table = resource.startsWith('_table/')
    ? service.catalog.tables.get(resource.slice('_table/'.length))
    : undefined
  const shown = (column: string) => (grant.allow?.has(column) ?? true) && !grant.deny?.has(column)
  const columns = table && [...table.columns.keys()]
  const hidden = columns?.filter((column) => !shown(column)) ?? named(service, grant.deny)
  const only = columns ? [] : named(service, grant.allow)
  const masked = [...grant.mask].filter(([column]) => !columns || (columns.includes(column) && shown(column)))
  return {
    service: service.name,
    resource,
    surfaces: on,
    verbs: verbs.filter((verb) => grant.verbs.has(verb)),
    ...(columns && { columns: columns.filter(shown) }),
    ...(hidden.length > 0 && { hidden }),
    ...(only.length > 0 && { only }),
    ...(masked.length > 0 && { masked: Object.fromEntries(masked) }),
    ...(grant.rows !== undefined && { rows: grant.rows }),
    ...(grant.maxRows !== undefined && { maxRows: grant.maxRows }),
    ...(grant.timeoutMs !== undefined && { timeoutMs: grant.timeoutMs }),
  }
}

/** Files have no columns, whatever a grant says. */
function named({ family }: Pick<Service, 'family'>, columns: ReadonlySet<string> | undefined): readonly string[] {
  return family === 'files' ? [] : [...(columns ?? [])]
}
