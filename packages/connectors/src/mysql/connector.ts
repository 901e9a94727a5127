import { type Connector, Failure, type ServiceSettings } from '@gatehouse/core'
import { sqlConnector } from '../sql/connector.js'
import type { Dialect } from '../sql/dialect.js'
import type { MysqlTarget } from './config.js'
import { mysqlDialect } from './dialect.js'
import { mysqlDriver } from './driver.js'
import type { Flavour } from './flavour.js'
import { introspect } from './introspect.js'
import { keyColumnsOf } from './key-columns.js'
import { callRoutine } from './routines.js'

export function mysqlConnector(target: MysqlTarget, settings: ServiceSettings): Connector {
  const schemas = schemasOf(settings, target)
  const driver = mysqlDriver(target, { ...settings.pool, readOnly: settings.readOnly })
  let known: { readonly flavour: Flavour; readonly dialect: Dialect } | undefined
  const dialect = (): Dialect => {
    if (!known) throw new Failure('unavailable', 'The database has not been reached yet', { retryAfter: 1 })
    return known.dialect
  }
  return sqlConnector({
    driver,
    settings,
    capabilities: {
      transactions: true,
      upsert: true,
      aggregates: ['count', 'sum', 'avg', 'min', 'max', 'stddev'],
      routines: true,
      regexp: true,
      related: true,
    },
    async introspect(signal) {
      const catalog = await introspect(driver, { ...settings, schemas }, signal)
      const flavour = await driver.flavour()
      if (known?.flavour.version !== flavour.version) known = { flavour, dialect: mysqlDialect(flavour) }
      driver.learn(keyColumnsOf(catalog))
      return catalog
    },
    dialect,
    callRoutine: (plan, options) => callRoutine(driver, dialect(), plan, options),
  })
}

/** Where the configuration says none, the connection's own. */
function schemasOf({ schemas }: ServiceSettings, { database }: MysqlTarget): readonly string[] {
  if (schemas.length > 0) return schemas
  if (database !== undefined) return [database]
  throw new Failure('invalid', 'A mysql service needs a database', {
    hint: 'Name it in the connection, mysql://user:password@host:3306/database, or list `schemas`',
  })
}
