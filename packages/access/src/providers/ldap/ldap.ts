import type { ProviderType } from '../provider.js'
import { ldapProblems } from './problems.js'
import { ldapSchema } from './schema.js'
import { settingsOf } from './settings.js'
import { ldapWarnings } from './warnings.js'

/** A directory that speaks LDAP version 3, and Active Directory. */
export const ldap: ProviderType = {
  schema: ldapSchema,
  problems: ldapProblems,
  warnings: ldapWarnings,
  async create(settings, context) {
    // Its client library is large: only those who use it wait for it.
    const { createDirectory } = await import('./directory.js')
    return createDirectory(settingsOf(settings), context)
  },
}
