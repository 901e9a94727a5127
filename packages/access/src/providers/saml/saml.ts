import type { ProviderType } from '../provider.js'
import { samlProblems, samlSchema, samlSettings } from './settings.js'
import { samlWarnings } from './warnings.js'

/** SAML 2.0: the web browser sign-on profile, begun by us, answered by POST. */
export const saml: ProviderType = {
  schema: samlSchema,
  problems: samlProblems,
  warnings: samlWarnings,
  async create(settings, context) {
    // Its libraries are large: only those who use them wait for them.
    const { createSamlProvider } = await import('./saml-provider.js')
    return createSamlProvider(samlSettings(settings), context)
  },
}
