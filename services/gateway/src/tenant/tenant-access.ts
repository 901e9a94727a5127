import { type ApiKey, isJsonObject, type JsonObject } from '@gatehouse/core'
import type { StoredAccess, StoredService } from '@gatehouse/store'
import type { LimitConfig, RoleConfig, ServiceConfig, TenantConfig } from '../config/config.js'
import { endpointOf, serviceOf } from '../config/config-of.js'
import { administratorRole } from '../config/names.js'

/** What is in force in one tenant: what its configuration defines, and what was made through the API. */
export type TenantAccess = Omit<TenantConfig, 'keys' | 'label'> & { readonly keys: readonly ApiKey[] }

/** What the administrator of every tenant may do. */
const everything: RoleConfig = {
  description: 'Everything, everywhere',
  grants: [{ service: '*', resource: '*', verbs: ['read', 'create', 'update', 'delete', 'execute'] }],
}

/** Opens what the store has sealed. */
export type OpenSealed = (tenant: string, service: StoredService) => JsonObject | undefined

/** Both together. Where both have something of the same name, the configuration has the say. */
export function accessOf(
  file: TenantConfig,
  fileKeys: readonly ApiKey[],
  stored: StoredAccess,
  open: (service: StoredService) => JsonObject | undefined,
): TenantAccess {
  const named = new Set(file.services.map(({ name }) => name))
  const keyNames = new Set(fileKeys.map(({ name }) => name))
  const services = stored.services
    .filter(({ name }) => !named.has(name))
    .flatMap((service) => storedService(service, open))
  return {
    roles: {
      [administratorRole]: everything,
      ...Object.fromEntries(
        // The rules of the system service have let nothing else in.
        stored.roles.map((role): [string, RoleConfig] => [role.name, role as unknown as RoleConfig]),
      ),
      ...file.roles,
    },
    keys: [...fileKeys, ...stored.keys.filter(({ name }) => !keyNames.has(name))],
    services: [...file.services, ...services],
    limits: [...file.limits, ...(stored.limits as unknown as readonly LimitConfig[])],
    mcp: {
      ...Object.fromEntries(stored.endpoints.map(({ name, settings }) => [name, endpointOf(settings)])),
      ...file.mcp,
    },
    prompts: file.prompts,
  }
}

function storedService(
  service: StoredService,
  open: (service: StoredService) => JsonObject | undefined,
): ServiceConfig[] {
  const config = open(service)
  if (!isJsonObject(config)) return []
  const { name, type, label, description } = service
  return [
    serviceOf(name, {
      ...config,
      type,
      ...(label !== undefined && { label }),
      ...(description !== undefined && { description }),
    }),
  ]
}
