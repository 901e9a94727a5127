import type { ConnectorType } from '@gatehouse/core'
import { fileConfig } from '../files/config.js'
import { fileConnector } from '../files/connector.js'
import { ftpProperties, targetOf } from './config.js'

/** A folder of an FTP server, in clear text or by TLS. */
export const ftpFile: ConnectorType = {
  type: 'ftp_file',
  label: 'FTP and FTPS',
  family: 'files',
  config: fileConfig(ftpProperties, ['connection']),
  async connect(config, settings) {
    const target = targetOf(config)
    const { ftpDriver } = await import('./driver.js')
    const { timeoutMs, pool } = settings
    return fileConnector(ftpDriver(target, { ...pool, timeoutMs }), config, settings)
  },
}
