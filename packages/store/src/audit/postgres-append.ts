import type { AuditSink, ChainedEvent } from '@gatehouse/core'
import type { Knex } from 'knex'
import { chainColumns, eventColumns } from './event-columns.js'
import { inParts } from './in-parts.js'

const memberTypes: Readonly<Record<string, string>> = {
  time: 'timestamptz',
  arguments: 'json',
  rows: 'bigint',
  masked: 'json',
  status: 'integer',
  duration_ms: 'float8',
}

/** One statement a batch: the events are one parameter. A column of type json keeps the event's text as it came. */
const insert = `
  INSERT INTO audit (${[...chainColumns, ...eventColumns].map((name) => `"${name}"`).join(', ')})
  SELECT e.chain, e.seq, e.previous_hash, e.hash, e.seal, e.event::text,
    ${eventColumns.map((name) => `m."${name}"`).join(', ')}
  FROM json_to_recordset(?::json)
      AS e(chain text, seq bigint, previous_hash text, hash text, seal text, event json),
    LATERAL json_to_record(e.event) AS m(${eventColumns.map((name) => `"${name}" ${memberTypes[name] ?? 'text'}`).join(', ')})
  ORDER BY e.chain, e.seq
  ON CONFLICT (chain, seq) DO NOTHING`

export function postgresAppend(knex: Knex): AuditSink['append'] {
  return (events) => inParts(events, async (part) => void (await knex.raw(insert, [batchText(part)]).timeout(10_000)))
}

/** Events are JSON already: they are put in as they are. */
function batchText(events: readonly ChainedEvent[]): string {
  const items = events.map(
    ({ chain, seq, previous_hash, hash, seal, event }) =>
      `{"chain":"${chain}","seq":${seq},"previous_hash":"${previous_hash}","hash":"${hash}",` +
      `"seal":${seal === undefined ? 'null' : `"${seal}"`},"event":${event}}`,
  )
  return `[${items.join(',')}]`
}
