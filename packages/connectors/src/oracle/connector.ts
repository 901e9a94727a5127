import { type Connector, Failure, type JsonObject, type ServiceSettings } from '@gatehouse/core'
import { sqlConnector } from '../sql/connector.js'
import type { Dialect } from '../sql/dialect.js'
import { typeChoicesOf } from './config.js'
import type { Connect } from './connection.js'
import { oracleDialect } from './dialect.js'
import { oracleDriver } from './driver.js'
import { withoutEmptyTexts } from './empty-texts.js'
import { identityOf } from './identity.js'
import { introspect, introspectOptions } from './introspect.js'
import { keyColumnsOf } from './key-columns.js'
import { callRoutine } from './routines.js'

/** The connector on any kind of connections. */
export function oracleConnector(config: JsonObject, settings: ServiceSettings, connect: Connect): Connector {
  const choices = typeChoicesOf(config.types)
  const driver = oracleDriver(connect, settings.pool, identityOf(config.identity))
  let known: Dialect | undefined
  const dialect = (): Dialect => {
    if (!known) throw new Failure('unavailable', 'The database has not been reached yet', { retryAfter: 1 })
    return known
  }
  const connector = sqlConnector({
    driver,
    settings,
    capabilities: {
      transactions: true,
      upsert: true,
      aggregates: ['count', 'sum', 'avg', 'min', 'max', 'stddev', 'median'],
      routines: true,
      regexp: true,
      related: true,
    },
    async introspect(signal) {
      const flavour = await driver.flavour()
      const user = await driver.user()
      known ??= oracleDialect(flavour)
      const options = introspectOptions(signal)
      const ask = async (text: string, values: readonly string[]) =>
        (await driver.ownRows({ text }, values, options)).rows
      const { tables, readOnly } = settings
      const found = await introspect(ask, { schemas: ownersOf(settings, user), user, tables, readOnly, choices })
      driver.learn(keyColumnsOf(found.catalog, found.primaryKeys))
      return found.catalog
    },
    dialect,
    callRoutine: (plan, options) => callRoutine(driver, choices, plan, options),
  })
  return { ...connector, execute: (plan, context) => connector.execute(withoutEmptyTexts(plan), context) }
}

/** As the dictionary spells them: a name without quotation marks is in upper case. Where none is said, the user's own. */
function ownersOf({ schemas }: ServiceSettings, user: string): readonly string[] {
  if (schemas.length === 0) return [user]
  return schemas.map((name) => (name.startsWith('"') ? name.slice(1, -1) : name.toUpperCase()))
}
