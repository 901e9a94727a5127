import { describe } from 'vitest'
import type { Backend } from '../backends/backend.js'
import { aggregates } from './aggregates.js'
import { filters } from './filters.js'
import { catalog, formats } from './formats.js'
import { listing, tableKeys } from './listing.js'
import { openShop } from './open-shop.js'
import { related } from './related.js'
import { routines } from './routines.js'
import { values } from './values.js'
import { writing } from './writing.js'

/** The one body that every SQL connector passes, over HTTP, on a real database. */
export function conformance(backend: Backend): void {
  describe(backend.name, () => {
    const shop = openShop(backend)
    listing(shop)
    tableKeys(shop)
    filters(shop)
    aggregates(shop)
    related(shop)
    formats(shop)
    catalog(shop)
    routines(shop)
    values(shop)
    writing(shop)
  })
}
