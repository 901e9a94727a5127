import { describe, expect, it } from 'vitest'
import { query } from '../../harness/api.js'
import { createMcpClient } from '../../security/mcp-client.js'
import type { DocumentShop } from './open-documents.js'

/** Documents, tools, limits and the audit are made from the catalog: they have nothing of their own for documents. */
export function surfaces(shop: DocumentShop): void {
  const mcp = (role: string) => createMcpClient(shop.gateway.url, shop.gateway.key(role))

  describe('surfaces', () => {
    it('have typed documents, without routines and without what the caller may not see', async () => {
      const { body } = await shop.api.get('/_spec')
      expect(body.openapi).toMatch(/^3\.1/)
      const paths = Object.keys(body.paths)
      expect(paths).toContain('/shop/_table/customers/{id}')
      expect(paths.filter((path) => /_proc|_func/.test(path))).toEqual([])
      const schemas = JSON.stringify(body.components.schemas)
      expect(schemas).toContain('"format":"decimal"')
      expect(schemas).toContain('"enterprise"')
      const narrowed = await shop.as('masked').get('/_spec')
      expect(narrowed.text).not.toContain('balance')
      expect(Object.keys(narrowed.body.paths).filter((path) => path.includes('/orders'))).toEqual([])
    })

    it('offer tools, and no tool for routines', async () => {
      const { body } = await mcp('admin').send('tools/list', {})
      const names = body.result.tools.map((tool: { name: string }) => tool.name)
      expect(names).toEqual(
        expect.arrayContaining(['shop_get_table_data', 'shop_create_records', 'shop_aggregate_data']),
      )
      expect(names.filter((name: string) => /^shop_.*(procedure|function)/.test(name))).toEqual([])
    })

    it('answer the same rows over MCP as over REST', async () => {
      const asked = {
        filter: "name starts with 'customer 0'",
        order: 'name desc',
        limit: 3,
        fields: '_id,email,balance',
      }
      const rest = await shop.as('german').get(`/_table/customers${query(asked)}`)
      const tool = await mcp('german').call('shop_get_table_data', { table_name: 'customers', ...asked })
      expect(rest.body.resource).toHaveLength(3)
      expect(JSON.parse(tool.content).resource).toEqual(rest.body.resource)
    })

    it('write down who read what, under which policy, and what was masked', async () => {
      const reply = await shop.as('several').get('/_table/customers?limit=1&fields=_id,email')
      const filter = `request_id = '${reply.headers.get('x-request-id')}'`
      const { body } = await shop.gateway.api().get(`/system/audit${query({ filter })}`)
      expect(body.resource).toMatchObject([
        { service: 'shop', resource: '_table/customers', principal: 'key:several', rows: 1, status: 200 },
      ])
      expect(JSON.stringify(body.resource[0].masked)).toContain('email')
    })
  })
}
