import type { AuditSink } from '@gatehouse/core'
import type { Knex } from 'knex'
import { chainColumns, eventColumns } from './event-columns.js'
import { inParts } from './in-parts.js'

const memberTypes: Readonly<Record<string, string>> = {
  time: 'VARCHAR(32)',
  arguments: 'JSON',
  rows: 'BIGINT',
  masked: 'JSON',
  status: 'INT',
  duration_ms: 'DOUBLE',
}
const memberValue = (name: string) =>
  name === 'time' ? "STR_TO_DATE(m.`time`, '%Y-%m-%dT%H:%i:%s.%fZ')" : `m.\`${name}\``

/** One statement a batch: the events are one parameter, their texts strings inside, so that they stay as they are. */
const insert = `
  INSERT INTO audit (${[...chainColumns, ...eventColumns].map((name) => `\`${name}\``).join(', ')})
  SELECT e.chain, e.seq, e.previous_hash, e.hash, e.seal, e.event, ${eventColumns.map(memberValue).join(', ')}
  FROM JSON_TABLE(?, '$[*]' COLUMNS (
      chain VARCHAR(64) PATH '$.chain', seq BIGINT PATH '$.seq', previous_hash VARCHAR(64) PATH '$.previous_hash',
      hash VARCHAR(64) PATH '$.hash', seal VARCHAR(64) PATH '$.seal', event LONGTEXT PATH '$.event')) AS e,
    JSON_TABLE(e.event, '$' COLUMNS (
      ${eventColumns.map((name) => `\`${name}\` ${memberTypes[name] ?? 'TEXT'} PATH '$.${name}'`).join(', ')})) AS m
  ORDER BY e.chain, e.seq
  ON DUPLICATE KEY UPDATE chain = audit.chain`

export function mysqlAppend(knex: Knex): AuditSink['append'] {
  return (events) =>
    inParts(events, async (part) => void (await knex.raw(insert, [JSON.stringify(part)]).timeout(10_000)))
}
