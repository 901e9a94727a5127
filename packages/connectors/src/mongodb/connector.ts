import { type Capabilities, type Connector, Failure, type ServiceSettings, withVirtual } from '@gatehouse/core'
import { MongoClient } from 'mongodb'
import { tableFilter } from '../sql/table-filter.js'
import { runAggregate } from './aggregate.js'
import type { Collections } from './collection.js'
import { invalidConnection, type MongoTarget } from './config.js'
import { deleteBody } from './delete.js'
import { toMongoFailure } from './errors.js'
import type { Field } from './field.js'
import { insertBody } from './insert.js'
import { introspect } from './introspect.js'
import { readPrivileges } from './privileges.js'
import type { Runner } from './runner.js'
import { runSelect } from './select.js'
import { updateBody } from './update.js'
import { runWrite } from './write.js'

/** A server that is down is told of soon: whoever waits for it is a caller. */
const serverSelectionTimeoutMS = 5000
const socketSpareMs = 30_000

function clientOf({ url, options }: MongoTarget, settings: ServiceSettings): MongoClient {
  const { timeoutMs, pool } = settings
  try {
    return new MongoClient(url, {
      appName: 'gatehouse',
      maxPoolSize: pool.max,
      maxIdleTimeMS: pool.idleMs,
      serverSelectionTimeoutMS,
      connectTimeoutMS: serverSelectionTimeoutMS,
      waitQueueTimeoutMS: serverSelectionTimeoutMS,
      // A call that the server never answers must not hold its connection for ever.
      ...(timeoutMs > 0 ? { socketTimeoutMS: timeoutMs + socketSpareMs } : {}),
      ...options,
    })
  } catch {
    // The driver's words would quote the URL.
    throw invalidConnection('a URL that is valid')
  }
}

const capabilities: Omit<Capabilities, 'transactions'> = {
  upsert: true,
  aggregates: ['count', 'sum', 'avg', 'min', 'max', 'stddev'],
  routines: false,
  regexp: true,
  related: true,
}

/** Does not connect yet. Throws `invalid` for a URL that the driver cannot read. */
export function mongodbConnector(target: MongoTarget, settings: ServiceSettings): Connector {
  const client = clientOf(target, settings)
  const database = client.db(target.database)
  const includes = tableFilter(settings.tables.include, settings.tables.exclude)
  const remembered = new Map<string, Field>()
  let collections: Collections | undefined
  let transactions = false

  const running = (): Runner => {
    if (!collections) throw new Failure('unavailable', 'The service has not been reached yet', { retryAfter: 5 })
    return { client, database, collections, transactions, timeoutMs: settings.timeoutMs, maskKey: settings.maskKey }
  }

  return {
    get capabilities() {
      return { ...capabilities, transactions }
    },
    async introspect(signal) {
      try {
        const hello = await database.command({ hello: 1 })
        transactions = typeof hello.setName === 'string' || hello.msg === 'isdbgrid'
        const privileges = await readPrivileges(database)
        const { readOnly } = settings
        const rule = { database, includes, readOnly, sampleSize: target.sampleSize, privileges, remembered, signal }
        const found = await introspect(rule)
        collections = { ...found, catalog: withVirtual(found.catalog, settings.relationships ?? []) }
        return collections.catalog
      } catch (thrown) {
        throw toMongoFailure(thrown)
      }
    },
    async execute(plan, context) {
      const runner = running()
      switch (plan.kind) {
        case 'select':
          return runSelect(runner, plan, context)
        case 'aggregate':
          return runAggregate(runner, plan, context)
        case 'insert':
          return runWrite(runner, plan, context, insertBody)
        case 'update':
          return runWrite(runner, plan, context, updateBody)
        case 'delete':
          return runWrite(runner, plan, context, deleteBody)
        case 'call':
          throw new Failure('unsupported', 'This database has no routines')
        default:
          return plan satisfies never
      }
    },
    close: () => client.close(),
  }
}
