import { Failure, parseFilter, type Service } from '@gatehouse/core'
import type { RoleConfig } from './config/config.js'

/** Grants that the databases know better: row policies that do not parse, columns and tables that are not there. */
export function policyProblems(roles: Readonly<Record<string, RoleConfig>>, services: readonly Service[]): string[] {
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
        if (!table) continue
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
