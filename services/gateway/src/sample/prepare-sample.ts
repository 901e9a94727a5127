import { existsSync, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Config } from '../config/config.js'
import type { Logger } from '../log.js'
import { makeSampleDatabase } from './make-sample-database.js'
import { makeSampleDocuments } from './make-sample-documents.js'

const databasePath = resolve('data/salesdb.db')
const documentsPath = resolve('data/documents')

/** Makes the sample shop and its documents where a configuration asks for them and they are not there yet. */
export function prepareSample(config: Config, log: Logger): void {
  const wants = (key: 'connection' | 'root', path: string) =>
    config.services.some(({ own }) => typeof own[key] === 'string' && resolve(own[key]) === path) && !existsSync(path)
  if (wants('connection', databasePath)) {
    log.info('making the sample database data/salesdb.db')
    mkdirSync(dirname(databasePath), { recursive: true })
    makeSampleDatabase(databasePath)
  }
  if (wants('root', documentsPath)) {
    log.info('making the sample documents in data/documents')
    makeSampleDocuments(documentsPath)
  }
}
