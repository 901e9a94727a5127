import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import type { Catalog, Connector, Identity, ServiceSettings } from '@gatehouse/core'
import { sqlConnector } from '../sql/connector.js'
import { tableFilter } from '../sql/table-filter.js'
import { sqliteDialect } from './dialect.js'
import { sqliteDriver } from './driver.js'
import { type CatalogRule, catalogOf } from './introspect.js'
import { readSchema, type SchemaRows } from './schema-rows.js'

/** Reading the whole schema is no caller's statement, so the service's timeout is not for it. */
const timeoutMs = 60_000
const itself: Identity = { id: 'gatehouse', name: 'Gatehouse', roles: [], attributes: {} }

export function sqliteConnector(path: string, settings: ServiceSettings): Connector {
  const driver = sqliteDriver({ path, max: settings.pool.max, idleMs: settings.pool.idleMs })
  const includes = tableFilter(settings.tables.include, settings.tables.exclude)
  const remembered = rememberCatalog(includes)
  return sqlConnector({
    driver,
    dialect: () => sqliteDialect,
    capabilities: {
      transactions: true,
      upsert: true,
      aggregates: ['count', 'sum', 'avg', 'min', 'max', 'stddev', 'median'],
      routines: false,
      regexp: true,
      related: true,
    },
    async introspect(signal) {
      const options = { signal, timeoutMs, identity: itself, readOnly: true }
      const schema = await readSchema((text) => driver.rows({ text }, [], options))
      return remembered(schema, settings.readOnly || !(await isWritable(path)))
    },
    settings,
  })
}

/** The last catalog again where the schema reads the same: most refreshes find nothing new. */
function rememberCatalog(includes: CatalogRule['includes']): (schema: SchemaRows, readOnly: boolean) => Catalog {
  let last: { readonly key: string; readonly catalog: Catalog } | undefined
  return (schema, readOnly) => {
    const key = JSON.stringify([schema, readOnly])
    if (last?.key !== key) last = { key, catalog: catalogOf(schema, { includes, readOnly }) }
    return last.catalog
  }
}

async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
