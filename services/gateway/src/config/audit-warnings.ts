import type { RoleConfig } from './config.js'
import type { Problem } from './problems.js'

/** Its columns, in one text: what the hashes are made of. */
const whole = 'event'

const columns: ReadonlySet<string> = new Set([
  ...['time', 'request_id', 'tenant', 'principal', 'on_behalf_of', 'client', 'address', 'surface', 'service'],
  ...['operation', 'effect', 'resource', 'arguments', 'policy', 'fingerprint', 'rows', 'masked', 'decision'],
  ...['reason', 'status', 'duration_ms'],
])

/** Roles from which a column of the audit is hidden, though they can read it in the text of the whole event. */
export function auditWarnings(roles: Readonly<Record<string, RoleConfig>>, below: Problem['path']) {
  return Object.entries(roles).flatMap(([role, { grants }]) =>
    grants.flatMap(({ service, resource, fields = {} }, i) => {
      if (service !== 'system' || resource !== 'audit') return []
      const { allow, deny = [], mask = {} } = fields
      const sees = (column: string) =>
        (allow?.includes(column) ?? true) && !deny.includes(column) && !Object.hasOwn(mask, column)
      const hidden = [...columns].filter((column) => !sees(column))
      if (!sees(whole) || hidden.length === 0) return []
      const message = `the column \`${whole}\` has the text of the whole event, also ${hidden.slice(0, 3).join(', ')}: deny it too`
      return [{ path: [...below, 'roles', role, 'grants', i, 'fields'], message }]
    }),
  )
}
