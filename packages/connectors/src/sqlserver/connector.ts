import { type Connector, Failure, type ServiceSettings } from '@gatehouse/core'
import { sqlConnector } from '../sql/connector.js'
import { sqlserverDialect } from './dialect.js'
import { sqlserverDriver } from './driver.js'
import type { contextOf } from './identity.js'
import { introspecting, type Knowledge } from './introspect.js'
import { callRoutine } from './routines.js'
import type { Session } from './session.js'

/** The connector over any way to open a session. */
export function sqlserverConnector(
  open: () => Promise<Session>,
  identity: ReturnType<typeof contextOf>,
  settings: ServiceSettings,
): Connector {
  const driver = sqlserverDriver(open, {
    ...settings.pool,
    readOnly: settings.readOnly,
    ...(identity ? { contextOf: identity } : {}),
  })
  const introspect = introspecting(driver, settings)
  let known: Knowledge | undefined
  const knowledge = (): Knowledge => {
    if (!known) throw new Failure('unavailable', 'The database has not been reached yet', { retryAfter: 1 })
    return known
  }
  return sqlConnector({
    driver,
    settings,
    capabilities: {
      transactions: true,
      upsert: true,
      aggregates: ['count', 'sum', 'avg', 'min', 'max', 'stddev'],
      routines: true,
      regexp: false,
      related: true,
    },
    async introspect(signal) {
      const found = await introspect(signal)
      known = found.knowledge
      driver.learn(found.knowledge.keyColumns)
      return found.catalog
    },
    dialect: () => sqlserverDialect,
    callRoutine: (plan, options) => callRoutine(driver, sqlserverDialect, knowledge(), plan, options),
  })
}
