import { isUnlimited, type ProviderConfig, providerTypes } from '@gatehouse/access'
import type { Config, TenantConfig } from './config.js'
import type { Problem } from './problems.js'
import { secretsOf } from './secrets-in.js'
import type { Source } from './source.js'

interface Warning {
  readonly path: Problem['path']
  readonly message: string
}

/** What is unwise about signing in with outside providers, and about what their people may do then. */
export function providerWarnings(config: Config, source: Source): Warning[] {
  const { providers } = config.signIn
  const places = new Map<string, TenantConfig>([['default', config], ...Object.entries(config.tenants)])
  return [
    ...providers.flatMap((provider) => [
      ...ownWarnings(provider, source),
      ...roleWarnings(provider, places.get(provider.tenant) ?? config),
    ]),
    ...[...new Set(providers.map(({ tenant }) => tenant))].flatMap((tenant) =>
      nameWarnings(places.get(tenant) ?? config, tenant === 'default' ? [] : ['tenants', tenant]),
    ),
  ]
}

function ownWarnings({ name, type, settings, ...mapping }: ProviderConfig, source: Source): Warning[] {
  const at = (...keys: readonly string[]) => ['sign_in', 'providers', name, ...keys]
  const open = Object.keys(settings).filter(
    (key) => /^(insecure|allow_http|allow_plaintext)/.test(key) && settings[key] === true,
  )
  return [
    ...secretsOf(settings)
      .filter((key) => source.literal(at(...key)))
      .map((key) => ({
        path: at(...key),
        message: 'a secret stands in the file. Take it from an environment variable',
      })),
    ...open.map((key) => ({
      path: at(key),
      message: 'who is on the way to the provider can read and change everything',
    })),
    ...(providerTypes[type]?.warnings?.(settings, mapping) ?? []).map(({ key, message }) => ({
      path: at(...key.split('.')),
      message,
    })),
  ]
}

/** Where what the provider says makes an administrator. */
function roleWarnings({ name, roles, defaultRoles }: ProviderConfig, { roles: known }: TenantConfig): Warning[] {
  const isAll = (role: string) =>
    isUnlimited(known, [role]) || (role === 'administrator' && !Object.hasOwn(known, role))
  const path = ['sign_in', 'providers', name]
  const groups = Object.entries(roles).filter(([, given]) => given.some(isAll))
  return [
    ...(defaultRoles.some(isAll)
      ? [{ path: [...path, 'default_roles'], message: 'everybody whom the provider lets in may do everything here' }]
      : []),
    ...groups.map(([group]) => ({
      path: [...path, 'roles', group],
      message: 'whoever the provider says this of may do everything here: who administers it administers this too',
    })),
  ]
}

/** Where rights go by a name that people of providers may have chosen. */
function nameWarnings({ roles, services }: TenantConfig, root: readonly string[]): Warning[] {
  const message =
    'people of providers may choose the name before the `@` themselves: go by an attribute, not by {user.name}'
  const rows = Object.entries(roles).flatMap(([role, { grants }]) =>
    grants.flatMap((grant, i) =>
      grant.rows?.includes('{user.name}') ? [{ path: [...root, 'roles', role, 'grants', i, 'rows'], message }] : [],
    ),
  )
  const identities = services.filter(({ own }) => JSON.stringify(own.identity ?? '').includes('{user.name}'))
  return [...rows, ...identities.map(({ name }) => ({ path: [...root, 'services', name, 'identity'], message }))]
}
