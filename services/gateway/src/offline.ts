import { createAuthority } from '@gatehouse/access'
import { connectorTypes } from '@gatehouse/connectors'
import type { Authority, Pipeline, Principal } from '@gatehouse/core'
import { operationsOf } from '@gatehouse/operations'
import { createPipeline } from '@gatehouse/pipeline'
import { specFor } from '@gatehouse/rest'
import type { Config } from './config/config.js'
import { hostedServices } from './hosted-services.js'
import { createServiceHost, type ServiceHost } from './service-host.js'

/** Who the operator's commands speak for when no role is named. Not a name that a configuration can have. */
const everyone = ' operator'

export interface Offline {
  readonly host: ServiceHost
  readonly authority: Authority
  readonly pipeline: Pipeline
  readonly principal: Principal
}

/**
 * What a caller of a role would see, for commands that look and change nothing: the services of the file are connected
 * and read; nothing is served, counted or written.
 */
export async function openOffline(config: Config, role: string | undefined): Promise<Offline> {
  const host = await createServiceHost(hostedServices(config.services, connectorTypes), '', {
    up: () => undefined,
    changed: () => undefined,
    down: (name, failure) => process.stderr.write(`${name}: ${failure.message}\n`),
  })
  await host.start()
  const authority = createAuthority({
    ...config.roles,
    [everyone]: { grants: [{ service: '*', resource: '*', verbs: ['read', 'create', 'update', 'delete', 'execute'] }] },
  })
  const principal = localPrincipal(role ?? everyone)
  const pipeline = createPipeline({
    authenticator: { authenticate: () => principal },
    authority,
    limiter: { consume: () => undefined },
    trail: { writable: true, record: () => undefined },
    services: host,
    operationsOf,
    specOf: specFor(config.server.publicUrl),
  })
  return { host, authority, pipeline, principal }
}

function localPrincipal(role: string): Principal {
  const scope = JSON.stringify([role])
  return { id: `local:${role}`, kind: 'local', name: role, roles: [role], attributes: {}, tenant: 'default', scope }
}
