import { resolve } from 'node:path'
import { createChanges } from '@gatehouse/access'
import { createAuditTrail, createFileSink } from '@gatehouse/audit'
import { type AuditSink, type Failure, type Pipeline, statusOf } from '@gatehouse/core'
import type { Mcp } from '@gatehouse/mcp'
import { deriveKey } from '@gatehouse/store'
import type { Config } from './config/config.js'
import type { Handler } from './http-server.js'
import { type Made, openInstallation } from './installation.js'
import { type Logger, textOf } from './log.js'
import { createMetrics } from './metrics.js'
import { openOAuth } from './oauth/open-oauth.js'
import { requestIds } from './request-ids.js'
import type { ServiceHost } from './service-host.js'
import { openSystem } from './system/open-system.js'
import { createTenants, type Tenants } from './tenant/tenants.js'

export interface WireOptions {
  readonly log: Logger
  readonly publicUrl: string
  readonly keyFile: string
  readonly newKey: string | undefined
  /** For tests only: metadata documents of clients may be on this machine. */
  readonly localDocuments?: { readonly ca: string }
}

export interface Wired {
  /** Of the default tenant, as are all of these. */
  readonly pipeline: Pipeline
  readonly host: ServiceHost
  mcp(): Mcp
  /** Answers every request, for whichever tenant it is. */
  readonly handle: Handler
  readonly made: Made
  /** Resolves when each service of each tenant was tried once. */
  start(): Promise<void>
  /** From now on /health/ready says yes. */
  ready(): void
  /** From now on it says no. */
  stopping(): void
  close(): Promise<void>
}

/** With Redis, changes are heard of at once; then the look at the store only finds what Redis lost. */
const pollMs = { alone: 400, withRedis: 2_000 }

/** What is sent to Gatehouse itself and never shown, whatever the configuration redacts. */
const writtenOnly = ['password', 'old_password', 'new_password', 'key', 'code', 'config', 'client_secret']

/** The only place that knows every package: makes each part and hands it the ports of the others. */
export async function wire(
  config: Config,
  { log, publicUrl, keyFile, newKey, localDocuments }: WireOptions,
): Promise<Wired> {
  const { secret, store, passwords, keys, made } = await openInstallation(config, keyFile, newKey)

  const sinks: AuditSink[] = [store.audit]
  if (config.audit.file !== undefined) {
    sinks.push(createFileSink(resolve(config.audit.file), { durable: config.audit.mode === 'strict' }))
  }
  const trail = createAuditTrail({
    sinks,
    mode: config.audit.mode,
    flushMs: config.audit.flushMs,
    redact: config.audit.redact,
    redactIn: { system: writtenOnly, user: writtenOnly },
    sealKey: deriveKey(secret, 'audit seal'),
    log: (message, cause) => log.error({ cause: textOf(cause) }, message),
  })
  const changes = await createChanges({
    revisions: store.revisions,
    pollMs: config.redis ? pollMs.withRedis : pollMs.alone,
    log: (message, cause) => log.error({ cause: textOf(cause) }, message),
    ...(config.redis && { redis: { url: config.redis.url } }),
  })
  let tenants: Tenants | undefined
  const system = await openSystem({
    config,
    store,
    keyFile,
    passwords,
    changes,
    log,
    rolesOf: (name) => tenants?.find(name)?.roles(),
  })
  let state: 'starting' | 'ready' | 'stopping' = 'starting'
  const newRequestId = requestIds()
  const oauth = openOAuth({
    config,
    publicUrl,
    secret,
    store,
    changes,
    trail,
    log,
    newRequestId,
    tenants: () => tenants?.existing() ?? [],
    ...(localDocuments && { localDocuments }),
  })
  tenants = await createTenants(
    {
      config,
      log,
      publicUrl,
      secret,
      store,
      passwords,
      changes,
      trail,
      metrics: createMetrics(),
      oauth,
      newRequestId,
      ready: () => state === 'ready',
      openSealed: system.openSealed,
      sealing: system.sealing,
      systemType: system.typeFor,
      logFailure: (failure, requestId) => logFailure(log, failure, requestId),
    },
    keys,
  )
  const served = tenants
  const main = served.main()
  return {
    pipeline: main.pipeline,
    host: main.host,
    mcp: main.mcp,
    handle: served.handle,
    made,
    async start() {
      await Promise.all(served.all().map(({ host }) => host.start()))
    },
    ready: () => {
      state = 'ready'
    },
    stopping: () => {
      state = 'stopping'
      for (const tenant of served.all()) tenant.endStreams()
    },
    async close() {
      await changes.close()
      oauth.close()
      await served.close()
      await system.close()
      await trail.close()
      for (const sink of sinks) await sink.close?.()
      await store.close()
    },
  }
}

/** What only the log may know. Client errors without a cause are in the audit and not worth a line here. */
function logFailure(log: Logger, failure: Failure, requestId: string): void {
  const fields = { request_id: requestId, code: failure.code, cause: textOf(failure.cause) }
  if (statusOf[failure.code] >= 500) log.error(fields, failure.message)
  else log.debug(fields, failure.message)
}
