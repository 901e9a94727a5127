import type { ConnectorType } from '@gatehouse/core'
import { oracleConfig, targetOf } from './config.js'

/** Oracle Database 12.2 and later, by the driver's thin mode. */
export const oracle: ConnectorType = {
  type: 'oracle',
  label: 'Oracle Database',
  config: oracleConfig,
  async connect(config, settings) {
    const target = targetOf(config)
    const { oracleConnector } = await import('./connector.js')
    const { thinConnections } = await import('./thin.js')
    return oracleConnector(config, settings, thinConnections(target))
  },
}
