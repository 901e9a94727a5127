import type { ConnectorType } from '@gatehouse/core'
import { fileConfig } from '../files/config.js'
import { fileConnector } from '../files/connector.js'
import { targetOf, webdavProperties } from './config.js'
import { webdavDriver } from './driver.js'

/** A folder of a WebDAV server. */
export const webdavFile: ConnectorType = {
  type: 'webdav_file',
  label: 'WebDAV',
  family: 'files',
  config: fileConfig(webdavProperties, ['connection']),
  async connect(config, settings) {
    const { timeoutMs, pool } = settings
    return fileConnector(webdavDriver(targetOf(config), { ...pool, timeoutMs }), config, settings)
  },
}
