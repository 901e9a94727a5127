import type { ProviderType } from '../provider.js'
import { createDirectory } from './directory.js'
import { ldapProblems } from './problems.js'
import { ldapSchema } from './schema.js'
import { settingsOf } from './settings.js'
import { ldapWarnings } from './warnings.js'

/** A directory that speaks LDAP version 3, and Active Directory. */
export const ldap: ProviderType = {
  schema: ldapSchema,
  problems: ldapProblems,
  warnings: ldapWarnings,
  create: (settings, context) => createDirectory(settingsOf(settings), context),
}
