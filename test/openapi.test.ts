import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqliteDatabase } from '@gatehouse/connectors/testing'
import { makeSampleDatabase, makeSampleDocuments } from '@gatehouse/gateway'
import { compileClient, lintDocuments } from '@gatehouse/rest/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningGateway, startGateway } from './harness/running-gateway.js'

const analyst = {
  grants: [
    { service: 'salesdb', resource: '_table/*', verbs: ['read'] },
    { service: 'salesdb', resource: '_table/customers', verbs: ['read'], fields: { deny: ['ssn'] } },
    { service: 'salesdb', resource: '_table/payroll', deny: true },
  ],
}

let folder = ''
let gateway: RunningGateway
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-openapi-'))
  await makeSampleDatabase(join(folder, 'salesdb.db'))
  const odd = new SqliteDatabase(join(folder, 'odd.db'))
  odd.exec('create table "größe & maß/1" ("a b" integer primary key, "wert%" text)')
  odd.exec('create table "select" ("from" text, "$ref" text, "a/b~c" text); create table "Select_" (x)')
  odd.close()
  const sqlite = (name: string) => ({ type: 'sqlite', connection: join(folder, `${name}.db`) })
  const documents = { type: 'local_file', label: 'Documents', root: join(folder, 'documents') }
  makeSampleDocuments(documents.root)
  const services = { salesdb: sqlite('salesdb'), odd: sqlite('odd'), documents }
  gateway = await startGateway({ services, roles: { analyst } })
})
afterAll(async () => {
  await gateway.close()
  await rm(folder, { recursive: true })
})

const document = async (path: string, key = 'admin') => {
  const { status, text, body } = await gateway.api(key).get(path)
  expect(status, text).toBe(200)
  return body
}

describe('OpenAPI documents', () => {
  it('are valid by the recommended rules of their linter, without a warning', async () => {
    const said = await lintDocuments({
      all: await document('/api_docs'),
      one: await document('/odd/_spec'),
      files: await document('/documents/_spec'),
      analyst: await document('/api_docs', 'analyst'),
    })
    expect(said).toContain('Your API descriptions are valid')
    expect(said).not.toMatch(/\d+ (warning|error)/)
  })

  it('generate clients that compile', async () => {
    const use = [
      "import type { components, operations, paths } from './api.js'",
      "type Customer = components['schemas']['salesdb_customers']",
      "export const customer: Customer = { id: 1, name: 'Ada', phone: null }",
      '// @ts-expect-error an id is a number',
      "export const wrong: Customer = { id: 'one' }",
      "type List = paths['/salesdb/_table/customers']['get']",
      "export const page: List['responses'][200]['content']['application/json'] = { resource: [customer] }",
      "export const asked: List['parameters']['query'] = { limit: 5, order: 'name', fields: ['id', 'name'] }",
      "type Create = operations['salesdb_create_records_tags']['requestBody']['content']['application/json']",
      "export const created: Create[] = [{ resource: [{ name: 'new' }] }, { name: 'new' }]",
    ]
    await compileClient(await document('/api_docs'), use.join('\n'))
  })

  it('say only what the caller may use', async () => {
    const { text } = await gateway.api('analyst').get('/api_docs')
    expect(text).toContain('/salesdb/_table/customers')
    expect(text).not.toMatch(
      /payroll|ssn|create_records|"(post|put|patch|delete)":\{"operationId":"salesdb_(create|update|delete)|system|odd/,
    )
  })

  it('have paths that work as they stand', async () => {
    const { paths } = await document('/odd/_spec')
    const api = gateway.api()
    for (const path of Object.keys(paths)) {
      if (path.includes('{') || !paths[path].get || path.endsWith('_aggregate')) continue
      expect((await api.get(path)).status, path).toBe(200)
    }
  })

  it('are the ones that are committed', async () => {
    const print = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`
    await expect(print(await document('/api_docs/salesdb'))).toMatchFileSnapshot('../openapi/salesdb.json')
    await expect(print(await document('/api_docs/documents'))).toMatchFileSnapshot('../openapi/documents.json')
    await expect(print(await document('/api_docs/system'))).toMatchFileSnapshot('../openapi/system.json')
  })
})
