import type { CallContext } from '@gatehouse/core'
import type { Db, MongoClient } from 'mongodb'
import type { Collections } from './collection.js'
import type { SessionOptions } from './session.js'

/** What running a plan needs besides the plan. */
export interface Runner {
  readonly client: MongoClient
  readonly database: Db
  readonly collections: Collections
  /** A replica set or a sharded cluster: several documents can be written together. */
  readonly transactions: boolean
  readonly timeoutMs: number
  readonly maskKey: string
}

export function sessionOptions(runner: Runner, timeoutMs: number | undefined, context: CallContext): SessionOptions {
  return { signal: context.signal, timeoutMs: timeoutMs ?? runner.timeoutMs }
}

/** How documents are read: 64-bit integers whole, and everything else as what it is. */
export const reading = { useBigInt64: true, promoteBuffers: false, bsonRegExp: true } as const
