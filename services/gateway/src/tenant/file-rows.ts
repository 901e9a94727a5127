import type { ApiKey, JsonObject } from '@gatehouse/core'
import type { FileRows } from '@gatehouse/store'
import type { TenantConfig } from '../config/config.js'
import { shownConfig } from '../system/shown-config.js'

/** What a configuration defines, as the system service shows it. Never a secret. */
export function fileRows(config: TenantConfig, keys: readonly ApiKey[], tenants: readonly JsonObject[]): FileRows {
  return {
    tenants,
    roles: Object.entries(config.roles).map(([name, { description, grants }]) => ({
      name,
      ...(description !== undefined && { description }),
      grants: grants as unknown as readonly JsonObject[],
    })),
    api_keys: keys.map(({ name, hash, roles, attributes, expires, addresses, revoked }) => ({
      name,
      hash,
      roles,
      attributes,
      expires: expires ?? null,
      addresses: addresses ?? null,
      revoked,
    })),
    services: config.services.map(({ name, type, label, description, own }) => ({
      name,
      type,
      label,
      description,
      config: shownConfig(own),
    })),
    limits: config.limits as unknown as readonly JsonObject[],
    mcp_endpoints: Object.entries(config.mcp).map(([name, { services, ...settings }]) => ({
      name,
      ...settings,
      services: services === '*' ? null : services,
    })),
  }
}
