import type { ConnectorType } from '@gatehouse/core'
import type { ServiceConfig } from './config/config.js'
import type { HostedService } from './service-host.js'

/** The services of a configuration with their connectors; the loader has made sure that these exist. */
export function hostedServices(services: readonly ServiceConfig[], types: readonly ConnectorType[]): HostedService[] {
  return services.flatMap((config) => {
    const type = types.find((t) => t.type === config.type)
    return type ? [{ config, type, family: config.name === 'system' ? 'system' : (type.family ?? 'database') }] : []
  })
}
