import type { ConnectorType } from '@gatehouse/core'
import { azureBlob } from './azure-blob/index.js'
import { ftpFile } from './ftp/index.js'
import { localFile } from './local-files/index.js'
import { mongodb } from './mongodb/index.js'
import { mysql } from './mysql/index.js'
import { oracle } from './oracle/index.js'
import { postgres } from './postgres/index.js'
import { s3 } from './s3/index.js'
import { sftpFile } from './sftp/index.js'
import { sqlite } from './sqlite/index.js'
import { sqlserver } from './sqlserver/index.js'
import { webdavFile } from './webdav/index.js'

/**
 * Every type of service that can be connected. A new one is a folder and a line here. What is imported for it is its
 * configuration, and what all storages share: the rest, its client library with it, is loaded when the first service of
 * the type is connected.
 */
export const connectorTypes: readonly ConnectorType[] = [
  sqlite,
  postgres,
  mysql,
  sqlserver,
  oracle,
  mongodb,
  localFile,
  s3,
  azureBlob,
  ftpFile,
  sftpFile,
  webdavFile,
]

export { createDatabase, type ScriptStep, type StoredValue } from './sqlite/create-database.js'
