import { randomBytes } from 'node:crypto'
import type { JsonObject } from '@gatehouse/core'
import { type Db, MongoClient } from 'mongodb'
import { withDatabase } from '../servers/index.mjs'

/** A document database, made empty for one test file. */
export interface OpenDocuments {
  /** The service's entry in the configuration. */
  readonly service: JsonObject
  /** As its owner meets it, with its own driver. */
  readonly database: Db
  close(): Promise<void>
}

export interface DocumentBackend {
  readonly name: string
  /** Several documents can be written together. */
  readonly transactions: boolean
  open(): Promise<OpenDocuments | { readonly skipped: string }>
}

/** `variable` names the environment variable with the server's URL: that of a double, or of a real one. */
function mongodbAt(name: string, variable: string, transactions: boolean): DocumentBackend {
  return {
    name,
    transactions,
    async open() {
      const server = process.env[variable]
      if (!server) return { skipped: process.env[`${variable}_SKIPPED`] ?? 'there is no MongoDB server' }
      const url = withDatabase(server, `test_${randomBytes(6).toString('hex')}`)
      const client = new MongoClient(url)
      await client.connect()
      const database = client.db()
      return {
        service: { type: 'mongodb', connection: url },
        database,
        async close() {
          await database.dropDatabase()
          await client.close()
        },
      }
    },
  }
}

export const mongodb = mongodbAt('MongoDB as a replica set', 'GATEHOUSE_TEST_MONGODB', true)
export const mongodbStandalone = mongodbAt('MongoDB as a standalone', 'GATEHOUSE_TEST_MONGODB_STANDALONE', false)
