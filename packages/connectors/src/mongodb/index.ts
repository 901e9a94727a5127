import type { ConnectorType } from '@gatehouse/core'
import { mongodbConfig, targetOf, usesMachine } from './config.js'

/** MongoDB 6.0 and later: collections are tables, and plans become aggregation pipelines and bulk writes. */
export const mongodb: ConnectorType = {
  type: 'mongodb',
  label: 'MongoDB',
  config: mongodbConfig,
  usesMachine,
  async connect(config, settings) {
    const target = targetOf(config)
    const { mongodbConnector } = await import('./connector.js')
    return mongodbConnector(target, settings)
  },
}
