import type { ConnectorType } from '@gatehouse/core'
import { fileConfig } from '../files/config.js'
import { fileConnector } from '../files/connector.js'
import { sftpProperties, targetOf } from './config.js'

/** A folder of a server that speaks SFTP, version 3 of the protocol, as OpenSSH does. */
export const sftpFile: ConnectorType = {
  type: 'sftp_file',
  label: 'SFTP',
  family: 'files',
  config: fileConfig(sftpProperties, ['connection']),
  async connect(config, settings) {
    const target = targetOf(config)
    const { sftpDriver } = await import('./driver.js')
    const { timeoutMs, pool } = settings
    return fileConnector(sftpDriver(target, { ...pool, timeoutMs }), config, settings)
  },
}
