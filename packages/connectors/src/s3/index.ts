import type { ConnectorType } from '@gatehouse/core'
import { fileConnector } from '../files/connector.js'
import { s3Config, targetOf } from './config.js'

/** Amazon S3, and what speaks its protocol: MinIO, Ceph, Swift, R2 and others. */
export const s3: ConnectorType = {
  type: 'aws_s3',
  label: 'Amazon S3 and compatible',
  family: 'files',
  config: s3Config,
  usesMachine: (config) => targetOf(config).credentials === undefined,
  async connect(config, settings) {
    const target = targetOf(config)
    const { s3Driver } = await import('./driver.js')
    return fileConnector(s3Driver(target), config, settings)
  },
}
