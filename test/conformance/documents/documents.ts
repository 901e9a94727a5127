import { describe } from 'vitest'
import type { DocumentBackend } from '../../backends/mongodb.js'
import { aggregates } from '../aggregates.js'
import { filters } from '../filters.js'
import { formats } from '../formats.js'
import { listing } from '../listing.js'
import { openDocuments } from './open-documents.js'

/** The one body that every document database passes, over HTTP: what it shares with tables, and what it has of its own. */
export function documents(backend: DocumentBackend): void {
  describe(backend.name, () => {
    const shop = openDocuments(backend)
    listing(shop)
    filters(shop)
    aggregates(shop)
    formats(shop)
  })
}
