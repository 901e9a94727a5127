import { describe, expect, it } from 'vitest'
import type { OpenBackend } from '../backends/backend.js'
import { mongodb } from '../backends/mongodb.js'
import { sqlite } from '../backends/sqlite.js'
import { query } from '../harness/api.js'
import { keepOpen } from '../harness/keep-open.js'
import { startGateway } from '../harness/running-gateway.js'
import { serve } from '../harness/serve.js'

/** Documents that refer to the rows of a table, and rows to which documents belong. */
describe('MongoDB to SQLite and back', () => {
  let table: OpenBackend
  keepOpen(sqlite, async (opened) => {
    table = opened
    await table.run([
      'CREATE TABLE contacts (id INTEGER PRIMARY KEY, name VARCHAR(100))',
      "INSERT INTO contacts VALUES (1, 'Ada'), (2, 'Ben')",
    ])
  })
  const serving = serve(mongodb, async ({ database, service }) => {
    const visits = [1, 2, 1, 9].map((contact, i) => ({ contact, page: `/page/${i + 1}` }))
    await database.collection<{ contact: number; page: string }>('visits').insertMany(visits)
    return startGateway({
      services: {
        web: {
          ...service,
          relationships: [
            { table: 'visits', columns: ['contact'], to: { service: 'crm', table: 'contacts', columns: ['id'] } },
          ],
        },
        crm: {
          ...table.service,
          relationships: [
            {
              table: 'contacts',
              columns: ['id'],
              kind: 'has_many',
              to: { service: 'web', table: 'visits', columns: ['contact'] },
            },
          ],
        },
      },
    })
  })

  it('puts rows into documents', async () => {
    const related = { related: 'contacts_by_contact', 'contacts_by_contact.fields': 'name' }
    const reply = await serving.gateway
      .api()
      .get(`/web/_table/visits${query({ fields: 'page', order: 'page', ...related })}`)
    expect(reply.status, reply.text).toBe(200)
    expect(reply.body.resource).toEqual([
      { page: '/page/1', contacts_by_contact: { name: 'Ada' } },
      { page: '/page/2', contacts_by_contact: { name: 'Ben' } },
      { page: '/page/3', contacts_by_contact: { name: 'Ada' } },
      { page: '/page/4', contacts_by_contact: null },
    ])
  })

  it('puts documents into rows', async () => {
    const related = {
      related: 'visits_by_contact',
      'visits_by_contact.fields': 'page',
      'visits_by_contact.order': 'page',
    }
    const reply = await serving.gateway.api().get(`/crm/_table/contacts${query({ order: 'id', ...related })}`)
    expect(reply.status, reply.text).toBe(200)
    expect(reply.body.resource).toEqual([
      { id: 1, name: 'Ada', visits_by_contact: [{ page: '/page/1' }, { page: '/page/3' }] },
      { id: 2, name: 'Ben', visits_by_contact: [{ page: '/page/2' }] },
    ])
  })
})
