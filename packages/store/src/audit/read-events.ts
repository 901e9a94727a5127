import type { StoredEvent } from '@gatehouse/core'
import type { Knex } from 'knex'
import { eventColumns } from './event-columns.js'

const page = 500

type Row = Record<string, unknown> & {
  readonly id: number | string
  readonly chain: string
  readonly seq: number | string
  readonly previous_hash: string
  readonly hash: string
  readonly seal: string | null
  readonly event: string
}

/** All events by id. One that is written meanwhile may come too, or not. */
export async function* readEvents(knex: Knex): AsyncGenerator<StoredEvent> {
  let after: number | string = 0
  for (;;) {
    const rows: Row[] = await knex('audit').where('id', '>', after).orderBy('id').limit(page)
    for (const row of rows) {
      after = row.id
      yield {
        chain: row.chain,
        seq: Number(row.seq),
        previous_hash: row.previous_hash,
        hash: row.hash,
        ...(row.seal !== null && { seal: row.seal }),
        event: row.event,
        columns: Object.fromEntries(eventColumns.map((name) => [name, plain(name, row[name])])),
      }
    }
    if (rows.length < page) return
  }
}

/** A column's value as the event has it, whichever driver read it. */
function plain(name: string, value: unknown): string | number | null {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  if (name === 'rows') return Number(value)
  if (name === 'time') return `${String(value).replace(' ', 'T').replace(/Z$/, '')}Z`
  if (typeof value === 'object') return JSON.stringify(value)
  return typeof value === 'number' ? value : String(value)
}
