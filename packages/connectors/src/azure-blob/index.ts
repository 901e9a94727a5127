import type { ConnectorType } from '@gatehouse/core'
import { fileConnector } from '../files/connector.js'
import { azureConfig, targetOf } from './config.js'

/** Azure Blob Storage, and Azurite. */
export const azureBlob: ConnectorType = {
  type: 'azure_blob',
  label: 'Azure Blob Storage',
  family: 'files',
  config: azureConfig,
  usesMachine(config) {
    const { credential } = targetOf(config)
    return credential.kind === 'identity' && credential.clientSecret === undefined
  },
  async connect(config, settings) {
    const target = targetOf(config)
    const { azureDriver } = await import('./driver.js')
    return fileConnector(await azureDriver(target), config, settings)
  },
}
