import { createAuthority } from '@gatehouse/access'
import { Failure, type Principal, parseFilter, type Service, type Surface, type Table } from '@gatehouse/core'
import type { GrantConfig, RoleConfig } from './config/config.js'
import { reservedServices } from './config/names.js'

/** What of a service grants are held against. */
type Held = Pick<Service, 'name' | 'catalog'>

/** Grants that the databases know better: row policies that do not parse, columns and tables that are not there. */
export function policyProblems(roles: Readonly<Record<string, RoleConfig>>, services: readonly Held[]): string[] {
  const problems: string[] = []
  for (const [role, { grants }] of Object.entries(roles)) {
    for (const [i, grant] of grants.entries()) {
      const where = `roles.${role}.grants.${i}`
      for (const service of services) {
        if (service.catalog.tables.size === 0 || (grant.service !== service.name && grant.service !== '*')) continue
        const named = /^_table\/([^*]+)$/.exec(grant.resource)?.[1]
        const table = named === undefined ? undefined : service.catalog.tables.get(named)
        if (named !== undefined && !table && grant.service !== '*')
          problems.push(`${where}: ${service.name} has no table \`${named}\``)
        if (!table) {
          // Gatehouse's own data have resources of their own kind: `users`, `services/*`.
          const own = reservedServices.includes(service.name)
          if (grant.service === service.name && !own) problems.push(...patternProblems(grant, service, where))
          continue
        }
        const { allow = [], deny = [], mask = {} } = grant.fields ?? {}
        for (const column of [...allow, ...deny, ...Object.keys(mask)]) {
          if (!table.columns.has(column))
            problems.push(`${where}.fields: ${service.name}.${table.name} has no column \`${column}\``)
        }
        if (grant.rows === undefined) continue
        try {
          parseFilter(grant.rows, { table, catalog: service.catalog, attributes: true })
        } catch (thrown) {
          if (!(thrown instanceof Failure)) throw thrown
          problems.push(`${where}.rows: ${thrown.message}${thrown.hint ? `. ${thrown.hint}` : ''}`)
        }
      }
    }
  }
  return problems
}

const mostNamed = 10

/** Row policies of grants on several tables that fit some of them only: the others do not exist under the grant. */
export function policyWarnings(roles: Readonly<Record<string, RoleConfig>>, services: readonly Held[]): string[] {
  return services.flatMap(({ name, catalog }) => {
    const unfitFor = unfitTables(catalog)
    return Object.entries(roles).flatMap(([role, { grants }]) =>
      grants.flatMap((grant, i) => {
        const { rows, resource, service } = grant
        if (rows === undefined || !resource.endsWith('*') || (service !== name && service !== '*')) return []
        const unfit = unfitFor(rows)
        if (unfit.size === 0) return []
        const rules = rulesOn(role, { grants }, name, rows)
        const tables = tablesUnder(grant, catalog)
        const lost = tables.filter((table) => unfit.has(table) && rules(table)).map((table) => table.name)
        // That it fits none is an error of its own.
        if (lost.length === 0 || !tables.some((table) => !unfit.has(table) && rules(table))) return []
        const more = lost.length > mostNamed ? ` and ${lost.length - mostNamed} more` : ''
        const listed = `${lost.slice(0, mostNamed).join(', ')}${more}`
        return [
          `roles.${role}.grants.${i}.rows: the policy does not fit ${listed} of ${name}, so nothing of it is allowed there`,
        ]
      }),
    )
  })
}

/** The tables that a policy means nothing on. Many roles have the same one, which is held against a catalog once. */
function unfitTables(catalog: Service['catalog']): (rows: string) => ReadonlySet<Table> {
  const known = new Map<string, ReadonlySet<Table>>()
  return (rows) => {
    let unfit = known.get(rows)
    if (!unfit) {
      unfit = new Set([...catalog.tables.values()].filter((table) => !applies(rows, table, catalog)))
      known.set(rows, unfit)
    }
    return unfit
  }
}

const surfaces: readonly Surface[] = ['rest', 'mcp']

/** Whether a policy is what a role has on a table, and not one of a grant that is closer to it. */
function rulesOn(role: string, config: RoleConfig, service: string, rows: string): (table: Table) => boolean {
  const authority = createAuthority({ [role]: config })
  const holder: Principal = { ...nobody, roles: [role], scope: role }
  return ({ name }) =>
    surfaces.some((surface) =>
      authority.grants(holder, service, `_table/${name}`, surface).some((grant) => grant.rows === rows),
    )
}

const nobody: Principal = { id: '', kind: 'local', name: '', roles: [], attributes: {}, tenant: '', scope: '' }

function tablesUnder({ resource }: GrantConfig, catalog: Service['catalog']): readonly Table[] {
  const prefix = resource.replace(/\*$/, '')
  return [...catalog.tables.values()].filter((table) => `_table/${table.name}`.startsWith(prefix))
}

/**
 * Of a grant on several tables: what fits none of them. What fits some is meant for those, and where a policy cannot be
 * applied nothing is answered.
 */
function patternProblems(grant: GrantConfig, { name, catalog }: Held, where: string): string[] {
  const { resource } = grant
  const kinds = ['_table/', '_proc/', '_func/']
  const prefix = resource.replace(/\*$/, '')
  if (!kinds.some((kind) => kind.startsWith(prefix) || prefix.startsWith(kind))) {
    return [`${where}.resource: \`${resource}\` is nothing of a database: ${kinds.join('*, ')}*, or *`]
  }
  if (!resource.endsWith('*')) return []
  const tables = tablesUnder(grant, catalog)
  if (tables.length === 0) return []
  const { allow = [], deny = [], mask = {} } = grant.fields ?? {}
  const problems = [...allow, ...deny, ...Object.keys(mask)]
    .filter((column) => !tables.some(({ columns }) => columns.has(column)))
    .map((column) => `${where}.fields: no table of ${name} that \`${resource}\` names has a column \`${column}\``)
  const { rows } = grant
  if (rows !== undefined && !tables.some((table) => applies(rows, table, catalog))) {
    problems.push(`${where}.rows: the policy fits no table of ${name} that \`${resource}\` names`)
  }
  return problems
}

function applies(rows: string, table: Table, catalog: Service['catalog']): boolean {
  try {
    parseFilter(rows, { table, catalog, attributes: true })
    return true
  } catch {
    return false
  }
}
