import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqliteDatabase } from '@gatehouse/connectors/testing'
import type { JsonObject } from '@gatehouse/core'
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
      "type SignIn = operations['user_sign_in']",
      "export const signIn: SignIn['requestBody']['content']['application/json'] = { user: 'a', password: 'b' }",
      "type Session = SignIn['responses'][200]['content']['application/json']",
      'export const token = (session: Session): string => session.session_token',
    ]
    await compileClient(await document('/api_docs'), use.join('\n'))
  })

  it('describe the account of who calls as it is: every route that is listed answers as it says', async () => {
    const { paths, components } = await document('/api_docs')
    const listed = Object.keys(paths).filter((path) => /^\/(user|system\/admin)\//.test(path))
    expect(listed).toEqual(
      expect.arrayContaining(['/user/session', '/user/profile', '/user/password', '/system/admin/session']),
    )
    const [made] = gateway.users
    const ask = (method: string, path: string, token: string | undefined, body?: object) =>
      fetch(`${gateway.url}/api/v2${path}`, {
        method: method.toUpperCase(),
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body && { 'content-type': 'application/json' }),
        },
        redirect: 'manual',
        ...(body && { body: JSON.stringify(body) }),
      })
    const signIn = async () => {
      const reply = await ask('post', '/user/session', undefined, { user: made?.name, password: made?.password })
      return (await reply.json()) as Record<string, string>
    }
    let answered = 0
    for (const path of listed.filter((one) => !one.includes('{'))) {
      for (const [method, operation] of Object.entries<JsonObject>(paths[path])) {
        const { session_token } = await signIn()
        const bodies: Record<string, object> = {
          '/user/password': { old_password: made?.password, new_password: made?.password },
        }
        const body = method === 'post' ? { user: made?.name, password: made?.password } : undefined
        const given = operation.requestBody === undefined ? undefined : (bodies[path] ?? body)
        const open = JSON.stringify(operation.security) === '[]'
        const reply = await ask(method, path, open ? undefined : session_token, given)
        const text = await reply.text()
        expect(reply.status, `${method} ${path} ${text}`).toBe(200)
        const reference = /"200":.*?"\$ref":"#\/components\/schemas\/(\w+)"/.exec(JSON.stringify(operation))?.[1] ?? ''
        const { required } = components.schemas[reference]
        for (const name of required) expect(JSON.parse(text), `${method} ${path}`).toHaveProperty(name)
        if (!open) expect((await ask(method, path, undefined, given)).status, `${method} ${path}`).toBe(401)
        answered++
      }
    }
    expect(answered).toBeGreaterThan(9)
  })

  it('say only what the caller may use', async () => {
    const { text } = await gateway.api('analyst').get('/api_docs')
    expect(text).toContain('/salesdb/_table/customers')
    expect(
      text.replaceAll('/system/admin/session', '').replaceAll('system/users', '').replaceAll('system/sessions', ''),
    ).not.toMatch(
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
