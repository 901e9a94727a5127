import type { IncomingMessage, ServerResponse } from 'node:http'
import { defaultTenant } from '@gatehouse/access'
import type { ApiKey } from '@gatehouse/core'
import type { TenantConfig } from '../config/config.js'
import { endpointOf } from '../config/config-of.js'
import type { Handler } from '../http-server.js'
import { tenantsOf } from '../installation.js'
import { textOf } from '../log.js'
import { type Shared, type Tenant, wireTenant } from './wire-tenant.js'

export interface Tenants {
  /** The default tenant, at the root. */
  main(): Tenant
  all(): readonly Tenant[]
  find(name: string): Tenant | undefined
  /** All but the one that stands for those that are not there. */
  existing(): readonly Tenant[]
  /** Hands a request to the stack of the tenant that its path names. */
  readonly handle: Handler
  close(): Promise<void>
}

/** No name of a tenant: who asks for one that is not there meets a stack in which nobody and nothing is. */
const nobody = '-'

/** A tenant that was made through the API: all that it has is in the store. */
const empty: TenantConfig = {
  label: '',
  services: [],
  roles: {},
  keys: [],
  limits: [],
  mcp: { default: endpointOf({}) },
  prompts: {},
}

/** One stack for each tenant, of the configuration and of the store, made and closed as they come and go. */
export async function createTenants(
  shared: Shared,
  fileKeys: ReadonlyMap<string, readonly ApiKey[]>,
): Promise<Tenants> {
  const { config, store, changes, log, oauth } = shared
  const files = new Map(tenantsOf(config))
  const root = store.tenant(defaultTenant)
  const make = (name: string) =>
    wireTenant(shared, name, files.get(name) ?? { ...empty, label: name }, fileKeys.get(name) ?? [])
  const main = await make(defaultTenant)
  const none = await make(nobody)
  let tenants: ReadonlyMap<string, Tenant> = new Map([[defaultTenant, main]])

  /** Makes the stacks that are missing, and closes those of tenants that are gone. */
  async function settle(): Promise<readonly Tenant[]> {
    const wanted = new Set([...files.keys(), ...(await root.tenants())])
    const made: Tenant[] = []
    const next = new Map<string, Tenant>()
    for (const name of wanted) {
      const there = tenants.get(name)
      const tenant = there ?? (await make(name))
      if (!there) made.push(tenant)
      next.set(name, tenant)
    }
    const gone = [...tenants.values()].filter((tenant) => !next.has(tenant.name))
    tenants = next
    for (const tenant of gone) {
      await tenant.close().catch((cause: unknown) => log.error({ cause: textOf(cause) }, 'A tenant was not closed'))
    }
    return made
  }

  await settle()
  let settling: Promise<void> = Promise.resolve()
  const stop = changes.listen(defaultTenant, 'access', () => {
    settling = settling
      .catch(() => undefined)
      .then(async () => {
        for (const tenant of await settle()) await tenant.host.start()
      })
    return settling
  })

  /** The default tenant; or, by the token of a member, the one where that member acts. */
  function atRoot(request: IncomingMessage, response: ServerResponse): void {
    const serveFor = (name: string | undefined) => {
      const tenant = name === undefined ? undefined : tenants.get(name)
      if (!tenant?.members().handle(request, response)) serve(main, request, response)
    }
    const other = oauth.memberOf(request)
    // What is wrong with a token, the default tenant says as of any other.
    if (other instanceof Promise) other.catch(() => undefined).then(serveFor)
    else serveFor(other)
  }

  return {
    main: () => main,
    all: () => [...tenants.values(), none],
    find: (name) => tenants.get(name),
    existing: () => [...tenants.values()],
    handle(request, response) {
      if (oauth.handle(request, response)) return
      const path = request.url ?? ''
      if (!path.startsWith('/t/')) return atRoot(request, response)
      const split = /^\/t\/([a-z][a-z0-9-]{0,62})(\/(?:api\/v2|mcp)(?:[/?].*)?)$/s.exec(path)
      const [, name = '', rest = ''] = split ?? []
      // The default tenant has one place only: the root.
      if (!split || name === defaultTenant) return main.rest(request, response)
      request.url = rest
      serve(tenants.get(name) ?? none, request, response)
    },
    async close() {
      stop()
      await settling.catch(() => undefined)
      for (const tenant of [...tenants.values(), none]) await tenant.close()
    },
  }
}

function serve(tenant: Tenant, request: IncomingMessage, response: ServerResponse): void {
  if (!tenant.mcp().handle(request, response)) tenant.rest(request, response)
}
