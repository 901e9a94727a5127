import type { FileDriver } from '../files/driver.js'
import { objectDriver } from '../objects/driver.js'
import { openClient } from './client.js'
import type { S3Target } from './config.js'
import { s3Store } from './store.js'

export function s3Driver(target: S3Target): FileDriver {
  return objectDriver(s3Store(openClient(target), target), target.root)
}
