import { describe } from 'vitest'
import type { DocumentBackend } from '../../backends/mongodb.js'
import { testKey } from '../../harness/running-gateway.js'
import { aggregates } from '../aggregates.js'
import { filters } from '../filters.js'
import { formats } from '../formats.js'
import { listing } from '../listing.js'
import { deadlines } from './deadlines.js'
import { fields } from './fields.js'
import { injection } from './injection.js'
import { openDocuments } from './open-documents.js'
import { policies, policyRoles } from './policies.js'
import { related } from './related.js'
import { surfaces } from './surfaces.js'
import { values } from './values.js'
import { writing } from './writing.js'

const roles = {
  ...policyRoles,
  hurried: { grants: [{ service: 'shop', resource: '_table/slow', verbs: ['read'], timeout: '200ms' }] },
}
const keys = ['admin', ...Object.keys(roles)].map((name) => ({ name, roles: [name], key: testKey(name) }))

/** The one body that every document database passes, over HTTP: what it shares with tables, and what it has of its own. */
export function documents(backend: DocumentBackend): void {
  describe(backend.name, () => {
    const shop = openDocuments(backend, {
      roles,
      audit: { mode: 'strict' },
      keys: [...keys, { name: 'several', roles: ['german', 'masked'], key: testKey('several') }],
    })
    listing(shop)
    filters(shop)
    aggregates(shop)
    formats(shop)
    related(shop)
    values(shop)
    writing(shop)
    policies(shop)
    injection(shop)
    deadlines(shop)
    fields(shop)
    surfaces(shop)
  })
}
