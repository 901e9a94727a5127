import type { ChangeTopic } from '@gatehouse/core'
import type { Knex } from 'knex'
import { reached } from './tenant/scope.js'

interface Revision {
  readonly tenant: string
  readonly topic: ChangeTopic
  readonly revision: number
}

/** Counts of changes: all that a process needs to look at to know that nothing is new. */
export interface Revisions {
  /** Counts one more, and answers the count. */
  bump(tenant: string, topic: ChangeTopic): Promise<number>
  all(): Promise<readonly Revision[]>
}

export function createRevisions(knex: Knex): Revisions {
  return {
    bump: (tenant, topic) =>
      reached(
        (async () => {
          await knex('revisions')
            .insert({ tenant, topic, revision: 1 })
            .onConflict(['tenant', 'topic'])
            .merge({ revision: knex.raw('?? + 1', ['revisions.revision']) })
          const row: { revision: number | string } | undefined = await knex('revisions')
            .where({ tenant, topic })
            .first('revision')
          return Number(row?.revision)
        })(),
      ),
    all: () =>
      reached(
        (async () => {
          const rows: { tenant: string; topic: ChangeTopic; revision: number | string }[] = await knex(
            'revisions',
          ).select('tenant', 'topic', 'revision')
          return rows.map(({ tenant, topic, revision }) => ({ tenant, topic, revision: Number(revision) }))
        })(),
      ),
  }
}
