import { isDeepStrictEqual } from 'node:util'
import {
  createAuthenticator,
  createAuthority,
  createCallerAuthenticator,
  createLimiter,
  defaultTenant,
  isUnlimited,
  type LocalSignIn,
  type OAuth,
  type Passwords,
  scopedAuthority,
} from '@gatehouse/access'
import { connectorTypes } from '@gatehouse/connectors'
import type {
  ApiKey,
  AuditTrail,
  Changes,
  ConnectorType,
  Failure,
  Limiter,
  Pipeline,
  Service,
  Use,
} from '@gatehouse/core'
import { createMcp, type Mcp } from '@gatehouse/mcp'
import { operationsOf } from '@gatehouse/operations'
import { createPipeline } from '@gatehouse/pipeline'
import { createRest, specFor } from '@gatehouse/rest'
import { deriveKey, type Sealing, type Store } from '@gatehouse/store'
import type { Config, TenantConfig } from '../config/config.js'
import { systemService } from '../config/system-service.js'
import { hostedServices } from '../hosted-services.js'
import type { Handler } from '../http-server.js'
import { type Logger, textOf } from '../log.js'
import type { Metrics } from '../metrics.js'
import { policyWarnings } from '../policy-problems.js'
import { createServiceHost, type ServiceHost } from '../service-host.js'
import { version } from '../version.js'
import { accessOf, type OpenSealed, type TenantAccess } from './tenant-access.js'
import { wirePeople } from './wire-people.js'

/** What all tenants of a process share. */
export interface Shared {
  readonly config: Config
  readonly log: Logger
  readonly publicUrl: string
  readonly secret: Uint8Array
  readonly store: Store
  readonly passwords: Passwords
  readonly changes: Changes
  readonly trail: AuditTrail
  readonly oauth: OAuth
  readonly metrics: Metrics
  readonly newRequestId: () => string
  readonly ready: () => boolean
  readonly openSealed: OpenSealed
  readonly sealing: Sealing
  readonly logFailure: (failure: Failure, requestId: string) => void
  /** The store's own data as a service, as one tenant may see it. */
  systemType(tenant: TenantPart): ConnectorType
}

/** What the rules of the system service may know of their tenant. */
export interface TenantPart {
  readonly name: string
  /** What is in force at this moment. */
  access(): TenantAccess
  services(): readonly Service[]
}

/** One tenant's whole stack: nothing in it knows of another one. */
export interface Tenant {
  readonly name: string
  readonly label: string
  readonly pipeline: Pipeline
  readonly host: ServiceHost
  readonly rest: Handler
  /** Replaced when endpoints change. */
  mcp(): Mcp
  /** The same endpoints at the root's addresses, for members of this tenant: users of the default one. */
  members(): Mcp
  /** Ends the open streams, for shutting down. */
  endStreams(): void
  readonly signIn: LocalSignIn
  /** The MCP endpoints: the same object while none changed. */
  endpoints(): TenantAccess['mcp']
  /** The names of its roles. */
  roles(): readonly string[]
  close(): Promise<void>
}

/** Makes a tenant's stack from its configuration and what its part of the store has, and keeps it up to date. */
export async function wireTenant(
  shared: Shared,
  name: string,
  file: TenantConfig,
  fileKeys: readonly ApiKey[],
): Promise<Tenant> {
  const { config, log, store, changes, trail, metrics, oauth } = shared
  const own = store.tenant(name)
  const read = async () => accessOf(file, fileKeys, await own.access(), (service) => shared.openSealed(name, service))
  let access = await read()

  const publicUrl = name === defaultTenant ? shared.publicUrl : `${shared.publicUrl}/t/${name}`
  const keyFor = (purpose: string) =>
    deriveKey(shared.secret, name === defaultTenant ? purpose : `${purpose} of ${name}`)
  const authority = createAuthority(access.roles)
  const keys = createAuthenticator(access.keys, { tenant: name })
  const limiter = liveLimiter(shared, name, access.limits)

  const people = await wirePeople(shared, {
    name,
    publicUrl,
    keyFor,
    isAdministrator: (roles) => isUnlimited(access.roles, roles),
  })

  const system = {
    config: systemService(config.store.url),
    type: shared.systemType({ name, access: () => access, services: () => host.all() }),
    family: 'system' as const,
  }
  const hosted = () => [...hostedServices(access.services, connectorTypes), system]
  let mcp: Mcp | undefined
  let members: Mcp | undefined
  const host: ServiceHost = await createServiceHost(hosted(), Buffer.from(keyFor('mask')).toString('hex'), {
    up(service, catalog) {
      log.info({ tenant: name, tables: catalog.tables.size, routines: catalog.routines.size }, `${service} is up`)
      // Callers see no table whose policy means nothing, so that only the operator can be told.
      for (const warning of policyWarnings(access.roles, [{ name: service, catalog }])) {
        log.warn({ tenant: name }, warning)
      }
    },
    down: (service, failure, retryInMs) =>
      log.warn(
        { tenant: name, code: failure.code, cause: textOf(failure.cause), retryInMs },
        `${service} cannot be reached`,
      ),
    changed: (service) => {
      mcp?.changed(service)
      members?.changed(service)
    },
  })
  const pipeline = createPipeline({
    tenant: name,
    authenticator: oauth.authenticator(createCallerAuthenticator({ keys, ...people.ways }), name),
    authority: scopedAuthority(authority),
    limiter,
    trail,
    services: host,
    operationsOf,
    specOf: specFor(publicUrl),
    observe: metrics.observe,
    log: shared.logFailure,
  })
  const rest = createRest({
    pipeline,
    accounts: people.accounts,
    completeSignIn: oauth.completeSignIn,
    publicUrl,
    allowedHosts: config.server.allowedHosts,
    cors: config.server.cors,
    bodyLimit: config.server.bodyLimit,
    newRequestId: shared.newRequestId,
    idempotency: store.idempotency,
    health: { live: () => true, ready: shared.ready },
    metrics: metrics.text,
    log,
  })
  const stateKey = keyFor('mcp state')
  /** `home`: whose addresses the endpoints are at. */
  const makeMcp = (home = name) =>
    createMcp({
      pipeline,
      endpoints: access.mcp,
      prompts: file.prompts,
      publicUrl: home === name ? publicUrl : shared.publicUrl,
      allowedHosts: config.server.allowedHosts,
      allowedOrigins: config.server.cors.origins,
      bodyLimit: config.server.bodyLimit,
      newRequestId: shared.newRequestId,
      serverInfo: { name: 'gatehouse', version },
      log,
      stateKey,
      challenge: (endpoint) => oauth.challenge(endpoint, home),
      ...(home !== name && { home }),
    })
  mcp = makeMcp()
  const serving = () => mcp ?? makeMcp()
  const endStreams = () => {
    mcp?.close()
    members?.close()
  }

  /** Takes over what has changed, part by part, each swapped as a whole. */
  async function reload(): Promise<void> {
    const before = access
    const next = await read()
    const sameEndpoints = isDeepStrictEqual(before.mcp, next.mcp)
    access = sameEndpoints ? { ...next, mcp: before.mcp } : next
    keys.replace(next.keys)
    if (!isDeepStrictEqual(before.roles, next.roles)) authority.replace(next.roles)
    if (!isDeepStrictEqual(before.limits, next.limits)) await limiter.replace(next.limits)
    if (!isDeepStrictEqual(before.services, next.services)) await host.replace(hosted())
    if (sameEndpoints) return
    endStreams()
    mcp = makeMcp()
    members = undefined
  }
  const stopListening = changes.listen(name, 'access', inTurn(reload))
  const chores = startChores([
    { everyMs: 30_000, run: () => own.noteUses(keys.takeUses()) },
    { everyMs: 60_000, run: () => own.sweepFlows(Date.now()) },
    { everyMs: 3_600_000, run: () => own.sweep(Date.now()) },
  ])
  return {
    name,
    label: file.label,
    pipeline,
    host,
    rest,
    mcp: serving,
    // Made when the first member comes, since most tenants have none.
    members() {
      members ??= makeMcp(defaultTenant)
      return members
    },
    endStreams,
    signIn: people.signIn,
    endpoints: () => access.mcp,
    roles: () => Object.keys(access.roles),
    async close() {
      chores()
      stopListening()
      endStreams()
      await own.noteUses(keys.takeUses()).catch(() => undefined)
      await people.close().catch(() => undefined)
      await host.close()
      await limiter.close()
    },
  }
}

/** One at a time; whoever asks while one runs waits for one that began after it asked. */
function inTurn(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const start = () => {
    running = work().finally(() => {
      running = undefined
    })
    return running
  }
  return () => {
    if (!running) return start()
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }
}

/** A limiter whose limits can be replaced; counts start anew with them. */
function liveLimiter({ config, log }: Shared, tenant: string, first: TenantAccess['limits']) {
  const make = (limits: TenantAccess['limits']) =>
    createLimiter(limits, {
      tenant,
      ...(config.redis && { redis: { url: config.redis.url, log: (message: string) => log.warn(message) } }),
    })
  let current = make(first)
  const limiter: Limiter & { replace(limits: TenantAccess['limits']): Promise<void>; close(): Promise<void> } = {
    consume: (use: Use) => current.consume(use),
    async replace(limits) {
      const old = current
      current = make(limits)
      await old.close()
    },
    close: () => current.close(),
  }
  return limiter
}

/** What is done now and then, as long as the store can be reached. Answers how to stop. */
function startChores(chores: readonly { readonly everyMs: number; run(): Promise<void> }[]): () => void {
  const timers = chores.map(({ everyMs, run }) => setInterval(() => run().catch(() => undefined), everyMs).unref())
  return () => {
    for (const timer of timers) clearInterval(timer)
  }
}
