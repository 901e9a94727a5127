import type { ConnectorType } from '@gatehouse/core'
import { mysqlConfig, targetOf } from './config.js'

/** MySQL 8 and MariaDB 10.5 and later. Which one it is, the server says when it is first reached. */
export const mysql: ConnectorType = {
  type: 'mysql',
  label: 'MySQL and MariaDB',
  config: mysqlConfig,
  async connect(config, settings) {
    const target = targetOf(config)
    const { mysqlConnector } = await import('./connector.js')
    return mysqlConnector(target, settings)
  },
}
