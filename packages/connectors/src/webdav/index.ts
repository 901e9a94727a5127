import type { ConnectorType } from '@gatehouse/core'
import { fileConfig } from '../files/config.js'
import { fileConnector } from '../files/connector.js'
import { targetOf, webdavProperties } from './config.js'

/** A folder of a WebDAV server. */
export const webdavFile: ConnectorType = {
  type: 'webdav_file',
  label: 'WebDAV',
  family: 'files',
  config: fileConfig(webdavProperties, ['connection']),
  async connect(config, settings) {
    const target = targetOf(config)
    const { webdavDriver } = await import('./driver.js')
    const { timeoutMs, pool } = settings
    return fileConnector(webdavDriver(target, { ...pool, timeoutMs }), config, settings)
  },
}
