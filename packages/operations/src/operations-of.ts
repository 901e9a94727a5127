import type { Operation, OperationsOf } from '@gatehouse/core'
import { databaseOperations } from './database/database-operations.js'
import { fileOperations } from './files/file-operations.js'
import { systemOperations } from './system/system-operations.js'

/**
 * What one caller may do with a service, by the catalog as it may see it. What no table or routine allows does not
 * exist. Pure; the answer is worth keeping while the catalog is the same, since its plans share what is prepared.
 */
export const operationsOf: OperationsOf = (service, catalog): readonly Operation[] => {
  switch (service.family) {
    case 'database':
      return databaseOperations(service, catalog)
    case 'system':
      return systemOperations(service, catalog)
    case 'files':
      return fileOperations(service)
    default:
      return service.family satisfies never
  }
}
