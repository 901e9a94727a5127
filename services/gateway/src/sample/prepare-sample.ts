import { existsSync, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Config } from '../config/config.js'
import type { Logger } from '../log.js'
import { makeSampleDatabase } from './make-sample-database.js'

const samplePath = resolve('data/salesdb.db')

/** Makes the sample shop where a configuration asks for it and it is not there yet. */
export function prepareSample(config: Config, log: Logger): void {
  const wanted = config.services.some(
    ({ type, own }) =>
      type === 'sqlite' && typeof own.connection === 'string' && resolve(own.connection) === samplePath,
  )
  if (!wanted || existsSync(samplePath)) return
  log.info('making the sample database data/salesdb.db')
  mkdirSync(dirname(samplePath), { recursive: true })
  makeSampleDatabase(samplePath)
}
