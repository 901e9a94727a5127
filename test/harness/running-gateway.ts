import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectorTypes } from '@gatehouse/connectors'
import type { JsonObject, Pipeline } from '@gatehouse/core'
import { type Gateway, type GatewayOptions, loadConfig, openGateway } from '@gatehouse/gateway'
import { stringify } from 'yaml'
import { type Api, createApi } from './api.js'

export interface RunningGateway {
  readonly url: string
  readonly folder: string
  /** Administrators that were made at the start. */
  readonly users: Gateway['made']['users']
  /** OAuth clients of the configuration, with their secrets. */
  readonly clients: Gateway['made']['clients']
  /** What is behind both surfaces: for the lists of what there is. */
  readonly pipeline: Pipeline
  /** The REST surface as the holder of the key of that name. */
  api(key?: string): Api
  /** The text of the key of that name. */
  key(name: string): string
  close(): Promise<void>
}

/** A test key, long enough to be allowed. */
export function testKey(name: string): string {
  return `test-key-of-${name}-0123456789abcdef`
}

export const everything: JsonObject = {
  grants: [{ service: '*', resource: '*', verbs: ['read', 'create', 'update', 'delete', 'execute'] }],
}

/**
 * A gateway in this process, on a free port, from a configuration file's content. Unless it says otherwise: the store
 * is a SQLite file in a fresh folder, there is a role `admin` and for every role a key of its name.
 */
export async function startGateway(
  content: JsonObject,
  env: Record<string, string> = {},
  options: GatewayOptions = {},
): Promise<RunningGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-test-'))
  const roles = { admin: everything, ...(content.roles as JsonObject | undefined) }
  const keys = Object.keys(roles).map((role) => ({ name: role, roles: [role], key: testKey(role) }))
  const whole = {
    server: { port: 0 },
    store: { url: `sqlite:${join(folder, 'gatehouse.db')}` },
    log: { level: 'silent' },
    keys,
    ...content,
    roles,
  }
  const loaded = loadConfig(stringify(whole), env, connectorTypes)
  if (!loaded.ok) throw new Error(loaded.errors.join('\n'))
  const gateway = await openGateway(loaded.config, { keyFile: join(folder, 'secret.key'), ...options })
  return {
    url: gateway.url,
    folder,
    users: gateway.made.users,
    clients: gateway.made.clients,
    pipeline: gateway.pipeline,
    api: (key = 'admin') => createApi(gateway.url, testKey(key)),
    key: testKey,
    async close() {
      await gateway.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
