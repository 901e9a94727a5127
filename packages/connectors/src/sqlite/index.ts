import type { ConnectorType } from '@gatehouse/core'
import { pathOf, sqliteConfig } from './config.js'

/** SQLite 3 database files. The path is taken as it is: relative ones are for the caller to resolve. */
export const sqlite: ConnectorType = {
  type: 'sqlite',
  label: 'SQLite',
  usesMachine: () => true,
  config: sqliteConfig,
  async connect(config, settings) {
    const path = pathOf(config)
    const { sqliteConnector } = await import('./connector.js')
    return sqliteConnector(path, settings)
  },
}
