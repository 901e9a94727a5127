import type { AuditSink, ChainHead, StoredEvent } from '@gatehouse/core'
import type { Knex } from 'knex'
import { readEvents } from './read-events.js'

/** The audit events in the store. */
export interface AuditStore extends AuditSink {
  heads(): Promise<readonly ChainHead[]>
  /** All events in the order in which they were written, a page at a time. */
  read(): AsyncIterable<StoredEvent>
  close(): Promise<void>
}

/** So many chains that started last are held on to by the next. */
const mostHeads = 32

/** What is the same in all databases; `append` is each one's own. */
export function createAuditStore(knex: Knex, append: AuditSink['append'], close: () => Promise<void>): AuditStore {
  return { name: 'store', append, close, read: () => readEvents(knex), heads: () => readHeads(knex) }
}

/** Names of chains sort by the time of their start, so the index on (chain, seq) leads from one to the one before. */
async function readHeads(knex: Knex): Promise<readonly ChainHead[]> {
  const heads: ChainHead[] = []
  let before: string | undefined
  while (heads.length < mostHeads) {
    const row: { chain: string; seq: number | string; hash: string } | undefined = await knex('audit')
      .modify((query) => {
        if (before !== undefined) query.where('chain', '<', before)
      })
      .orderBy([
        { column: 'chain', order: 'desc' },
        { column: 'seq', order: 'desc' },
      ])
      .first('chain', 'seq', 'hash')
    if (!row) break
    heads.push({ chain: row.chain, seq: Number(row.seq), hash: row.hash })
    before = row.chain
  }
  return heads
}
