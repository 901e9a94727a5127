import { type ConnectorType, Failure, type ServiceSettings } from '@gatehouse/core'
import { sqlConnector } from '../sql/connector.js'
import { sqlserverConfig, targetOf } from './config.js'
import { sqlserverDialect } from './dialect.js'
import { sqlserverDriver } from './driver.js'
import { contextOf } from './identity.js'
import { introspecting, type Knowledge } from './introspect.js'
import { callRoutine } from './routines.js'
import type { Session } from './session.js'

/** SQL Server 2019 and later, and Azure SQL. */
export const sqlserver: ConnectorType = {
  type: 'sqlserver',
  label: 'SQL Server',
  config: sqlserverConfig,
  async connect(config, settings) {
    const target = targetOf(config)
    // Its client library is large: only those who use it wait for it.
    const { openSession } = await import('./tedious-session.js')
    return connectorOn(() => openSession(target), contextOf(config.identity), settings)
  },
}

/** The connector over any way to open a session. */
export function connectorOn(
  open: () => Promise<Session>,
  identity: ReturnType<typeof contextOf>,
  settings: ServiceSettings,
) {
  const driver = sqlserverDriver(open, {
    ...settings.pool,
    readOnly: settings.readOnly,
    ...(identity ? { contextOf: identity } : {}),
  })
  const introspect = introspecting(driver, { ...settings, schemas: schemasOf(settings) })
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

/** What `schemas` says where nobody has said anything: PostgreSQL's schema, which means the user's own here. */
const unsaid = ['public']

function schemasOf({ schemas }: ServiceSettings): readonly string[] {
  return schemas.length === 1 && schemas[0] === unsaid[0] ? [] : schemas
}
