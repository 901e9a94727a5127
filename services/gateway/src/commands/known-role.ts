import { nearest } from '@gatehouse/core'
import type { Config } from '../config/config.js'

/** False, with a word on standard error, for a role that the configuration does not have. None named is fine. */
export function knownRole(config: Config, role: string | undefined): boolean {
  const roles = Object.keys(config.roles)
  if (role === undefined || roles.includes(role)) return true
  const near = nearest(role, roles)
  process.stderr.write(
    `There is no role \`${role}\`.${near ? ` Did you mean \`${near}\`?` : ''} Roles: ${roles.join(', ')}\n`,
  )
  return false
}
