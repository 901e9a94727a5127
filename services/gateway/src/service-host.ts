import {
  type Catalog,
  type Connector,
  type ConnectorType,
  emptyCatalog,
  Failure,
  type Service,
  type ServiceSettings,
  type Services,
  toFailure,
} from '@gatehouse/core'
import type { ServiceConfig } from './config/config.js'
import { describeCatalog } from './describe.js'

/** What the host tells of its services: for the log and for those who listen for changed tools. */
export interface ServiceEvents {
  up(name: string, catalog: Catalog): void
  down(name: string, failure: Failure, retryInMs: number): void
  changed(name: string): void
}

export interface ServiceHost extends Services {
  /** Resolves when each service was tried once; those that are down come up by themselves later. */
  start(): Promise<void>
  close(): Promise<void>
}

export interface HostedService {
  readonly config: ServiceConfig
  readonly family: Service['family']
  readonly type: ConnectorType
}

interface Slot {
  readonly hosted: HostedService
  readonly connector: Connector
  /** Replaced as a whole, never changed. */
  service: Service
  timer: NodeJS.Timeout | undefined
  failures: number
  /** The introspection that runs now, shared by all who wait for it. */
  running: Promise<boolean> | undefined
}

const firstRetryMs = 500
const longestRetryMs = 30_000
const introspectionMs = 60_000

/**
 * Connects services, keeps their catalogs fresh, and brings back those that were down: retries after 0.5 s, doubling to
 * 30 s. A refresh that fails leaves the catalog that is there; one that finds nothing new leaves the very object, so
 * that what was derived from it stays.
 */
export async function createServiceHost(
  services: readonly HostedService[],
  maskKey: string,
  events: ServiceEvents,
): Promise<ServiceHost> {
  const slots = new Map<string, Slot>()
  const abort = new AbortController()
  for (const hosted of [...services].sort((a, b) => (a.config.name < b.config.name ? -1 : 1))) {
    const connector = await hosted.type.connect(hosted.config.own, settingsOf(hosted.config, maskKey))
    const service = faceOf(hosted, connector)
    slots.set(hosted.config.name, { hosted, connector, service, timer: undefined, failures: 0, running: undefined })
  }

  /** True when the catalog changed. Throws what introspection threw. */
  async function introspect(slot: Slot): Promise<boolean> {
    const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(introspectionMs)])
    const found = await slot.connector.introspect(signal)
    const before = slot.service
    const changed = found.version !== before.catalog.version || before.state === 'down'
    if (changed) {
      const fresh = found.version !== before.catalog.version
      const catalog = fresh ? describeCatalog(found, slot.hosted.config) : before.catalog
      slot.service = { ...before, state: 'up', catalog }
      events.up(before.name, slot.service.catalog)
      if (fresh) events.changed(before.name)
    }
    return changed
  }

  function look(slot: Slot): Promise<boolean> {
    if (slot.running) return slot.running
    clearTimeout(slot.timer)
    const run = introspect(slot).then(
      (changed) => {
        slot.failures = 0
        plan(slot, slot.hosted.config.refreshMs)
        return changed
      },
      (thrown: unknown) => {
        const failure = toFailure(thrown)
        const retry = Math.min(firstRetryMs * 2 ** slot.failures++, longestRetryMs)
        // A refresh that fails says nothing about queries: they find out for themselves. But a service that was never
        // reached, or cannot be reached now, is down.
        if (failure.code === 'unavailable' || slot.service.catalog === emptyCatalog) {
          slot.service = { ...slot.service, state: 'down' }
        }
        if (!abort.signal.aborted) events.down(slot.service.name, failure, retry)
        plan(slot, retry)
        throw failure
      },
    )
    slot.running = run.finally(() => {
      slot.running = undefined
    })
    return slot.running
  }

  function plan(slot: Slot, inMs: number): void {
    if (inMs === 0 || abort.signal.aborted) return
    slot.timer = setTimeout(() => {
      look(slot).catch(() => undefined)
    }, inMs)
    slot.timer.unref()
  }

  return {
    find: (name) => slots.get(name)?.service,
    all: () => [...slots.values()].map((slot) => slot.service),
    async refresh(name) {
      const slot = slots.get(name)
      if (!slot) throw new Failure('not_found', `There is no service \`${name}\``)
      // What runs now may have begun before the change that the caller has in mind.
      await slot.running?.catch(() => undefined)
      const changed = await look(slot)
      const { catalog } = slot.service
      return { changed, tables: catalog.tables.size, routines: catalog.routines.size }
    },
    async start() {
      await Promise.allSettled([...slots.values()].map(look))
    },
    async close() {
      abort.abort()
      for (const slot of slots.values()) clearTimeout(slot.timer)
      await Promise.allSettled([...slots.values()].map((slot) => slot.connector.close()))
    },
  }
}

function faceOf(hosted: HostedService, connector: Connector): Service {
  const { config } = hosted
  return {
    name: config.name,
    type: config.type,
    label: config.label,
    description: config.description,
    family: hosted.family,
    state: 'down',
    catalog: emptyCatalog,
    connector,
    maxRecords: config.maxRecords,
    timeoutMs: config.timeoutMs,
  }
}

function settingsOf(config: ServiceConfig, maskKey: string): ServiceSettings {
  const { name, timeoutMs, readOnly, pool, schemas, tables, relationships } = config
  return { name, timeoutMs, readOnly, pool, schemas, tables, relationships, maskKey }
}
