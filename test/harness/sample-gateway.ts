import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '@gatehouse/core'
import { type GatewayOptions, makeSampleDatabase, makeSampleDocuments } from '@gatehouse/gateway'
import { parse } from 'yaml'
import { type RunningGateway, startGateway, testKey } from './running-gateway.js'

export interface SampleGateway extends RunningGateway {
  /** Its services and roles, as in a configuration file. */
  readonly content: { readonly services: JsonObject; readonly roles: JsonObject }
}

/**
 * The configuration that `npm start` serves, on a sample database and documents of its own. Keys: `demo`, who is an analyst in
 * Germany, and `admin`.
 */
export async function startSampleGateway(more: JsonObject = {}, options: GatewayOptions = {}): Promise<SampleGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-sample-'))
  const connection = join(folder, 'salesdb.db')
  await makeSampleDatabase(connection)
  const root = join(folder, 'documents')
  makeSampleDocuments(root)
  const { services, roles, mcp, limits }: Record<string, JsonObject> = parse(
    await readFile(new URL('../../config/gatehouse.yaml', import.meta.url), 'utf8'),
  )
  const salesdb = { ...(services?.salesdb as JsonObject), connection }
  const documents = { ...(services?.documents as JsonObject), root }
  const content = { services: { salesdb, documents }, roles: roles ?? {} }
  const gateway = await startGateway(
    {
      ...content,
      mcp,
      limits,
      keys: [
        { name: 'demo', roles: ['analyst'], attributes: { country: 'DE' }, key: testKey('demo') },
        { name: 'admin', roles: ['admin'], key: testKey('admin') },
      ],
      ...more,
    },
    {},
    options,
  )
  return {
    ...gateway,
    content,
    async close() {
      await gateway.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
