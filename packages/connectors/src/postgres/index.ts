import type { ConnectorType } from '@gatehouse/core'
import { postgresConfig, targetOf } from './config.js'

/** PostgreSQL from version 13 on. */
export const postgres: ConnectorType = {
  type: 'postgres',
  label: 'PostgreSQL',
  config: postgresConfig,
  async connect(config, settings) {
    const target = targetOf(config)
    const { postgresConnector } = await import('./connector.js')
    return postgresConnector(target, config.identity, settings)
  },
}
