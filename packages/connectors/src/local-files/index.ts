import { resolve } from 'node:path'
import type { ConnectorType } from '@gatehouse/core'
import { fileConfig } from '../files/config.js'
import { fileConnector } from '../files/connector.js'
import { localFiles } from './driver.js'

export const localFile: ConnectorType = {
  type: 'local_file',
  label: 'Local files',
  family: 'files',
  usesMachine: () => true,
  config: fileConfig(
    { root: { type: 'string', minLength: 1, description: 'The folder whose content is served; it must exist' } },
    ['root'],
  ),
  async connect(config, settings) {
    return fileConnector(localFiles(resolve(String(config.root))), config, settings)
  },
}
