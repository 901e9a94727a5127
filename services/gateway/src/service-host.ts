import { isDeepStrictEqual } from 'node:util'
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
  /**
   * Takes the services that there are from now on. Those that stay as they were are not touched; a changed one serves
   * as before until its new connection was tried once; calls that run on one that goes may end.
   */
  replace(services: readonly HostedService[]): Promise<void>
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
  /** Replaced or removed: looks no more. */
  gone: boolean
}

/** How long calls on a service that is gone may take to end. */
const graceMs = 30_000

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
  let slots: ReadonlyMap<string, Slot> = new Map()
  const retired = new Map<Slot, NodeJS.Timeout>()
  const abort = new AbortController()

  async function slotOf(hosted: HostedService): Promise<Slot> {
    const connector = await hosted.type.connect(hosted.config.own, settingsOf(hosted.config, maskKey))
    const service = faceOf(hosted, connector)
    return { hosted, connector, service, timer: undefined, failures: 0, running: undefined, gone: false }
  }

  function retire(slot: Slot): void {
    slot.gone = true
    clearTimeout(slot.timer)
    const timer = setTimeout(() => {
      retired.delete(slot)
      slot.connector.close().catch(() => undefined)
    }, graceMs)
    timer.unref()
    retired.set(slot, timer)
  }

  slots = inOrder(await Promise.all(services.map(slotOf)))

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
    if (inMs === 0 || abort.signal.aborted || slot.gone) return
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
    async replace(next) {
      const before = slots
      const now = await Promise.all(
        next.map(async (hosted) => {
          const slot = before.get(hosted.config.name)
          if (slot && sameService(slot.hosted, hosted)) return slot
          const fresh = await slotOf(hosted).catch((thrown: unknown) => {
            events.down(hosted.config.name, toFailure(thrown), 0)
            return undefined
          })
          if (fresh) await look(fresh).catch(() => undefined)
          return fresh
        }),
      )
      slots = inOrder(now.filter((slot) => slot !== undefined))
      for (const slot of before.values()) {
        if (slots.get(slot.hosted.config.name) === slot) continue
        retire(slot)
        events.changed(slot.hosted.config.name)
      }
    },
    async close() {
      abort.abort()
      for (const slot of slots.values()) clearTimeout(slot.timer)
      for (const timer of retired.values()) clearTimeout(timer)
      await Promise.allSettled([...slots.values(), ...retired.keys()].map((slot) => slot.connector.close()))
    },
  }
}

function inOrder(slots: readonly Slot[]): ReadonlyMap<string, Slot> {
  const sorted = [...slots].sort((a, b) => (a.hosted.config.name < b.hosted.config.name ? -1 : 1))
  return new Map(sorted.map((slot) => [slot.hosted.config.name, slot]))
}

function sameService(a: HostedService, b: HostedService): boolean {
  return a.type === b.type && a.family === b.family && isDeepStrictEqual(a.config, b.config)
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

export function settingsOf(config: ServiceConfig, maskKey: string): ServiceSettings {
  const { name, timeoutMs, readOnly, pool, schemas, tables, relationships } = config
  return { name, timeoutMs, readOnly, pool, schemas, tables, relationships, maskKey }
}
