import { ldap } from './ldap/ldap.js'
import { oidc } from './oidc/oidc.js'
import type { ProviderType } from './provider.js'
import { saml } from './saml/saml.js'

/** What `sign_in.providers.NAME.type` may be. */
export const providerTypes: Readonly<Record<string, ProviderType>> = { ldap, oidc, saml }
