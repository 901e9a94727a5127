import { resolve } from 'node:path'
import { createAuthenticator, createAuthority, createLimiter } from '@gatehouse/access'
import { createAuditTrail, createFileSink } from '@gatehouse/audit'
import { connectorTypes } from '@gatehouse/connectors'
import { type AuditSink, type Failure, type Pipeline, statusOf } from '@gatehouse/core'
import { createMcp, type Mcp } from '@gatehouse/mcp'
import { operationsOf } from '@gatehouse/operations'
import { createPipeline } from '@gatehouse/pipeline'
import { createRest, specFor } from '@gatehouse/rest'
import { deriveKey } from '@gatehouse/store'
import type { Config } from './config/config.js'
import { systemService } from './config/system-service.js'
import { hostedServices } from './hosted-services.js'
import type { Handler } from './http-server.js'
import { openInstallation } from './installation.js'
import type { MadeKey } from './keys.js'
import type { Logger } from './log.js'
import { createMetrics } from './metrics.js'
import { requestIds } from './request-ids.js'
import { createServiceHost, type ServiceHost } from './service-host.js'
import { version } from './version.js'

export type { MadeKey }

export interface WireOptions {
  readonly log: Logger
  readonly publicUrl: string
  readonly keyFile: string
  readonly newKey: string | undefined
}

export interface Wired {
  readonly pipeline: Pipeline
  readonly host: ServiceHost
  readonly rest: Handler
  readonly mcp: Mcp
  readonly madeKeys: readonly MadeKey[]
  /** From now on /health/ready says yes. */
  ready(): void
  /** From now on it says no. */
  stopping(): void
  close(): Promise<void>
}

/** The only place that knows every package: makes each part and hands it the ports of the others. */
export async function wire(config: Config, { log, publicUrl, keyFile, newKey }: WireOptions): Promise<Wired> {
  const { secret, store, keys, made } = await openInstallation(config, keyFile, newKey)

  const sinks: AuditSink[] = [store.audit]
  if (config.audit.file !== undefined) {
    sinks.push(createFileSink(resolve(config.audit.file), { durable: config.audit.mode === 'strict' }))
  }
  const trail = createAuditTrail({
    sinks,
    mode: config.audit.mode,
    flushMs: config.audit.flushMs,
    redact: config.audit.redact,
    sealKey: deriveKey(secret, 'audit seal'),
    log: (message, cause) => log.error({ cause: textOf(cause) }, message),
  })
  const limiter = createLimiter(
    config.limits,
    config.redis ? { redis: { url: config.redis.url, log: (message) => log.warn(message) } } : {},
  )
  const metrics = createMetrics()
  const maskKey = Buffer.from(deriveKey(secret, 'mask')).toString('hex')
  let mcp: Mcp | undefined
  const host = await createServiceHost(
    hostedServices([...config.services, systemService(config.store.url)], connectorTypes),
    maskKey,
    {
      up: (name, catalog) =>
        log.info({ tables: catalog.tables.size, routines: catalog.routines.size }, `${name} is up`),
      down: (name, failure, retryInMs) =>
        log.warn({ code: failure.code, cause: textOf(failure.cause), retryInMs }, `${name} cannot be reached`),
      changed: (name) => mcp?.changed(name),
    },
  )
  const pipeline = createPipeline({
    authenticator: createAuthenticator(keys),
    authority: createAuthority(config.roles),
    limiter,
    trail,
    services: host,
    operationsOf,
    specOf: specFor(publicUrl),
    observe: metrics.observe,
    log: (failure, requestId) => logFailure(log, failure, requestId),
  })
  const newRequestId = requestIds()
  let state: 'starting' | 'ready' | 'stopping' = 'starting'
  const rest = createRest({
    pipeline,
    publicUrl,
    allowedHosts: config.server.allowedHosts,
    cors: config.server.cors,
    bodyLimit: config.server.bodyLimit,
    newRequestId,
    idempotency: store.idempotency,
    health: { live: () => true, ready: () => state === 'ready' },
    metrics: metrics.text,
    log,
  })
  mcp = createMcp({
    pipeline,
    endpoints: config.mcp,
    publicUrl,
    allowedHosts: config.server.allowedHosts,
    allowedOrigins: config.server.cors.origins,
    bodyLimit: config.server.bodyLimit,
    newRequestId,
    serverInfo: { name: 'gatehouse', version },
    log,
    stateKey: deriveKey(secret, 'mcp state'),
  })
  return {
    pipeline,
    host,
    rest,
    mcp,
    madeKeys: made,
    ready: () => {
      state = 'ready'
    },
    stopping: () => {
      state = 'stopping'
      mcp?.close()
    },
    async close() {
      await host.close()
      await trail.close()
      await limiter.close()
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

/** An error for the log. A driver's own text may quote values of rows, so of a driver's error only its code is told. */
function textOf(cause: unknown): string | undefined {
  if (cause === undefined) return undefined
  if (!(cause instanceof Error)) return typeof cause
  if ('code' in cause) return `${cause.name} ${String(cause.code)}`
  return cause.stack ?? cause.message
}
