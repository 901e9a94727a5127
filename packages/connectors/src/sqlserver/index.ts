import type { ConnectorType } from '@gatehouse/core'
import { sqlserverConfig, targetOf } from './config.js'
import { contextOf } from './identity.js'

/** SQL Server 2019 and later, and Azure SQL. */
export const sqlserver: ConnectorType = {
  type: 'sqlserver',
  label: 'SQL Server',
  config: sqlserverConfig,
  async connect(config, settings) {
    const target = targetOf(config)
    const identity = contextOf(config.identity)
    const { sqlserverConnector } = await import('./connector.js')
    const { openSession } = await import('./tedious-session.js')
    return sqlserverConnector(() => openSession(target), identity, settings)
  },
}
