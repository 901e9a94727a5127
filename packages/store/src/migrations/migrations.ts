import type { Knex } from 'knex'
import { auditEvents } from './audit-events.js'
import { idempotencyKeys } from './idempotency-keys.js'
import { identity } from './identity.js'
import { keysAndSettings } from './keys-and-settings.js'
import { memberships } from './memberships.js'
import { oauth } from './oauth.js'
import { oauthClients } from './oauth-clients.js'
import { signInEpoch } from './sign-in-epoch.js'
import { signInProviders } from './sign-in-providers.js'

/** One step of the store's schema. Once released, a step never changes. */
export interface Migration {
  readonly name: string
  up(knex: Knex): Promise<void>
  down(knex: Knex): Promise<void>
}

const steps: readonly Migration[] = [
  auditEvents,
  keysAndSettings,
  idempotencyKeys,
  identity,
  oauth,
  oauthClients,
  signInProviders,
  memberships,
  signInEpoch,
]

export const migrationNames: readonly string[] = steps.map(({ name }) => name)

/** The steps as knex wants them: from code, so that nothing is searched on the disk. */
export const migrationSource: Knex.MigrationSource<Migration> = {
  getMigrations: async () => [...steps],
  getMigrationName: ({ name }) => name,
  getMigration: async (step) => step,
}
