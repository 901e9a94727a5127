import { type Capabilities, type Connector, isJsonObject, type JsonValue, type ServiceSettings } from '@gatehouse/core'
import { sqlConnector } from '../sql/connector.js'
import type { PostgresTarget } from './config.js'
import { type Constraints, constraintKey } from './constraints.js'
import { postgresDialect } from './dialect.js'
import { postgresDriver } from './driver.js'
import { identitySteps } from './identity.js'
import { introspect } from './introspect.js'
import { callRoutine } from './routines.js'

const capabilities: Capabilities = {
  transactions: true,
  upsert: true,
  aggregates: ['count', 'sum', 'avg', 'min', 'max', 'stddev', 'median'],
  routines: true,
  regexp: true,
  related: true,
}

/** `passThrough` is what the configuration says under `identity`. */
export function postgresConnector(
  target: PostgresTarget,
  passThrough: JsonValue | undefined,
  settings: ServiceSettings,
): Connector {
  let constraints: Constraints = new Map()
  const identity = identitySteps(passThrough)
  const otherRoles = isJsonObject(passThrough) && typeof passThrough.set_role === 'string'
  const driver = postgresDriver({
    target,
    pool: settings.pool,
    identity,
    constraintColumns: (schema, constraint) => constraints.get(constraintKey(schema, constraint)),
  })
  const schemas = settings.schemas.length > 0 ? settings.schemas : ['public']
  return sqlConnector({
    driver,
    dialect: () => postgresDialect,
    capabilities,
    async introspect(signal) {
      const found = await introspect(driver, { ...settings, schemas, otherRoles }, signal)
      constraints = found.constraints
      return found.catalog
    },
    callRoutine: (plan, options) => callRoutine(driver, postgresDialect, plan, options),
    settings,
  })
}
