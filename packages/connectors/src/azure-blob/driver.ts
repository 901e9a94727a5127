import type { FileDriver } from '../files/driver.js'
import { objectDriver } from '../objects/driver.js'
import { openContainer } from './client.js'
import type { AzureTarget } from './config.js'
import { azureStore } from './store.js'

export async function azureDriver(target: AzureTarget): Promise<FileDriver> {
  return objectDriver(azureStore(await openContainer(target), target.credential.kind), target.root)
}
