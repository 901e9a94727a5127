import { isJsonObject, type JsonObject } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { compileClient, lintDocuments } from '../testing/judge-document.js'
import { operationsOf } from '../testing/operations.js'
import { service } from '../testing/pipeline.js'
import { openApiDocument, specFor, specOf } from './document.js'

const shop = { service: { name: 'shop', label: 'Shop', description: '' }, operations: operationsOf() }
const document = openApiDocument([shop], 'https://gatehouse.test')

/** The member at a path of names inside the document. */
function at(...names: readonly string[]): JsonObject {
  let value: unknown = document
  for (const name of names) value = isJsonObject(value) ? value[name] : undefined
  if (!isJsonObject(value)) throw new Error(`Nothing at ${names.join(' > ')}`)
  return value
}

describe('openApiDocument', () => {
  it('has a path for each table, typed by it', () => {
    expect(at('paths', '/shop/_table/orders', 'get')).toMatchObject({
      operationId: 'shop_get_table_data_orders',
      summary: 'get_table_data of orders',
      tags: ['shop: orders'],
    })
    const page = at('paths', '/shop/_table/orders', 'get', 'responses', '200', 'content')
    expect(page).toMatchObject({
      'application/json': {
        schema: {
          properties: {
            resource: { items: { $ref: '#/components/schemas/shop_orders' } },
            meta: { $ref: '#/components/schemas/PageMeta' },
          },
        },
      },
      'text/csv': { schema: { type: 'string' } },
    })
    expect(at('components', 'schemas', 'shop_orders', 'properties', 'name')).toMatchObject({ maxLength: 80 })
    expect(Object.keys(at('paths'))).toContain('/shop/_table/gr%C3%B6%C3%9Fe%20%26%20ma%C3%9F/{id}')
    expect(JSON.stringify(document)).toContain('"shop_get_record_gro_e_ma"')
  })

  it('puts each input where the router reads it', () => {
    const names = (...path: readonly string[]) => {
      const { parameters } = at('paths', ...path)
      return (parameters as JsonObject[]).map((p) => (typeof p.$ref === 'string' ? p.$ref.split('/').at(-1) : p.name))
    }
    expect(names('/shop/_table/orders/{id}', 'patch')).toEqual(['id', 'If-Match', 'fields', 'dry_run'])
    expect(names('/shop/_table/orders/{id}', 'get')).toContain('If-None-Match')
    expect(names('/shop/_table/orders', 'get')).not.toContain('If-None-Match')
    expect(names('/shop/_table/orders', 'post')).toContain('Idempotency-Key')
    expect(names('/shop/_table/orders/_aggregate', 'get')).toEqual(['aggregates', 'group_by', 'limit_2'])
    const aggregate = at('paths', '/shop/_table/orders/_aggregate', 'post')
    expect(aggregate.parameters).toBeUndefined()
    expect(aggregate).toMatchObject({
      operationId: 'shop_aggregate_data_orders',
      requestBody: { content: { 'application/json': { schema: { properties: { limit: { type: 'integer' } } } } } },
    })
    expect(at('paths', '/shop/_table/orders/_aggregate', 'get').operationId).toBe('shop_aggregate_data_orders_get')
    expect(at('paths', '/shop/_table/orders', 'post', 'requestBody')).toMatchObject({
      required: true,
      content: { 'application/json': { example: { resource: [{ name: 'Ada' }] } } },
    })
  })

  it('says nothing of what REST does not offer', () => {
    expect(JSON.stringify(document)).not.toContain('only_tool')
  })

  it('has errors, security and servers', () => {
    const responses = Object.keys(at('paths', '/shop/_table', 'get', 'responses'))
    expect(responses).toEqual(['200', '400', '401', '403', '404', '409', '412', '422', '429', '503', '504'])
    expect(at('paths', '/shop/_table/orders/{id}', 'get', 'responses')).toHaveProperty('304')
    expect(at('paths', '/shop/_table/orders', 'get', 'responses')).not.toHaveProperty('304')
    expect(at('components', 'securitySchemes')).toMatchObject({ ApiKey: { in: 'header', name: 'X-API-Key' } })
    expect(document).toMatchObject({ servers: [{ url: 'https://gatehouse.test/api/v2' }] })
    expect(specFor('http://localhost:8080')).toBeTypeOf('function')
    expect(openApiDocument([shop], 'http://localhost:8080')).toMatchObject({ servers: [{ url: '/api/v2' }] })
  })

  it('is the same each time, and has unique operation ids', () => {
    expect(JSON.stringify(openApiDocument([shop], 'https://gatehouse.test'))).toBe(JSON.stringify(document))
    const ids = [...JSON.stringify(document).matchAll(/"operationId":"([^"]+)"/g)].map((m) => m[1])
    expect(new Set(ids).size).toBe(ids.length)
    const like = openApiDocument([{ ...shop, operations: operationsOf(['a b', 'a-b']) }])
    expect(JSON.stringify(like)).toContain('"shop_get_record_a_b_2"')
  })

  it('puts services together in one document', () => {
    const other = { ...shop, service: { ...shop.service, name: 'other' }, operations: renamed('other') }
    const both = openApiDocument([other, shop])
    const alone = openApiDocument([shop])
    const paths = both.paths
    expect(isJsonObject(paths) && paths['/shop/_table/orders']).toBeTruthy()
    expect(isJsonObject(paths) && paths['/other/_table/orders']).toBeTruthy()
    expect(JSON.stringify(both)).toContain('"other_get_table_data_orders"')
    expect(JSON.stringify(alone)).not.toContain('other')
  })
})

function renamed(service: string) {
  return operationsOf().map((operation) => ({ ...operation, service }))
}

describe('the document', () => {
  it('is valid by the recommended rules of its linter', async () => {
    const both = openApiDocument([{ ...shop, operations: renamed('other') }, shop], 'https://gatehouse.test')
    const said = await lintDocuments({ one: document, both, none: openApiDocument([]) })
    expect(said).toContain('Your API descriptions are valid')
    expect(said).not.toMatch(/\d+ (warning|error)/)
  })

  it('generates types that compile', async () => {
    const use = [
      "import type { components, operations } from './api.js'",
      "type Order = components['schemas']['shop_orders']",
      'export const order: Order = { id: 1, name: null, price: 2.5 }',
      '// @ts-expect-error an id is a number',
      "export const wrong: Order = { id: 'x' }",
      "type Page = operations['shop_get_table_data_orders']['responses'][200]['content']['application/json']",
      'export const page: Page = { resource: [order], meta: { next: 100 } }',
      "type Body = NonNullable<operations['shop_create_records_orders']['requestBody']>['content']['application/json']",
      "export const bodies: Body[] = [{ resource: [{ name: 'a' }] }, [{ name: 'a' }], { name: 'a' }]",
    ]
    await compileClient(specOf(service, shop.operations), use.join('\n'))
  })
})
