import type { ProviderType } from '../provider.js'
import { oidcProblems, oidcSchema, oidcSettings } from './settings.js'
import { oidcWarnings } from './warnings.js'

/** OpenID Connect Core 1.0 by discovery: authorization code with PKCE (S256), state, nonce, and `iss` (RFC 9207). */
export const oidc: ProviderType = {
  schema: oidcSchema,
  problems: oidcProblems,
  warnings: oidcWarnings,
  async create(settings, context) {
    // Its client library is large: only those who use it wait for it.
    const { createOidcProvider } = await import('./oidc-provider.js')
    return createOidcProvider(oidcSettings(settings), context)
  },
}
