import type {
  Authority,
  Catalog,
  Grant,
  JsonValue,
  Operation,
  OperationsOf,
  Principal,
  Service,
  Services,
  Surface,
} from '@gatehouse/core'
import { catalogsAcross, narrowAcross } from './across-sight.js'
import { specResource } from './authorize-path.js'
import { type FileSight, fileSight } from './file-scope.js'
import { fittingGrants } from './fitting-grants.js'
import { narrow, tableResource } from './narrow.js'
import { isOverview } from './overview.js'
import { type TableAccess, tableAccess } from './table-access.js'

/** What principals of one scope see of one service, on one surface. */
export interface View {
  readonly service: Service
  /** The catalog as the service has it; the view lasts as long as it does. */
  readonly full: Catalog
  /** The catalogs of other services that relationships lead to, likewise. */
  readonly others: ReadonlyMap<string, Catalog>
  /** The catalog as the caller sees it. */
  readonly catalog: Catalog
  /** What the caller may use on at least one resource. */
  readonly list: readonly Operation[]
  readonly operations: ReadonlyMap<string, Operation>
  /** Catalog answers that are dear to make, by name. */
  readonly answers: Map<string, JsonValue>
  grants(resource: string): readonly Grant[]
  /** Of a storage: what the caller may do with its paths. */
  readonly sight?: FileSight
  /** Undefined for a table that is not there or not for this caller. */
  table(name: string): TableAccess | undefined
}

/** Undefined where no grant of the principal names the service: then it does not exist for it. */
export type ViewOf = (principal: Principal, service: Service, surface: Surface) => View | undefined

const mostViews = 500

/**
 * Makes views once for all principals of a scope. A view is dropped when its catalog or any role changes, and the
 * oldest when there are too many.
 */
export function createViews(authority: Authority, operationsOf: OperationsOf, services: Services): ViewOf {
  const views = new Map<string, View>()
  // Most calls are for the service and the surface of the caller's call before: to find those takes no key.
  let recent = new WeakMap<Principal, { readonly view: View; readonly surface: Surface }>()
  let version = authority.version
  const isCurrent = (view: View, service: Service) =>
    view.full === service.catalog &&
    view.service.connector === service.connector &&
    view.service.name === service.name &&
    isFresh(view, services)

  return (principal, service, surface) => {
    if (version !== authority.version) {
      views.clear()
      recent = new WeakMap()
      version = authority.version
    }
    const last = recent.get(principal)
    if (last?.surface === surface && isCurrent(last.view, service)) return last.view
    const key = `${surface} ${service.name} ${principal.scope}`
    const known = views.get(key)
    if (known && isCurrent(known, service)) {
      recent.set(principal, { view: known, surface })
      return known
    }
    if (!authority.reaches(principal, service.name, surface)) return undefined
    const view = makeView(principal, service, surface, { authority, operationsOf, services })
    if (!known && views.size >= mostViews) {
      for (const oldest of views.keys()) {
        views.delete(oldest)
        break
      }
    }
    views.set(key, view)
    return view
  }
}

interface Makers {
  readonly authority: Authority
  readonly operationsOf: OperationsOf
  readonly services: Services
}

/** The services that relationships lead to are as they were. */
function isFresh(view: View, services: Services): boolean {
  for (const [name, catalog] of view.others) if (services.find(name)?.catalog !== catalog) return false
  return true
}

function makeView(
  principal: Principal,
  service: Service,
  surface: Surface,
  { authority, operationsOf, services }: Makers,
): View {
  const full = service.catalog
  // What was asked while narrowing is all that most calls ask for, and no more than the catalog has.
  const known = new Map<string, readonly Grant[]>()
  const ask = fittingGrants(
    (resource) => authority.grants(principal, service.name, resource, surface),
    full,
    service.family,
  )
  const grants = (resource: string) => known.get(resource) ?? ask(resource)
  const remember = (resource: string) => {
    const answer = ask(resource)
    known.set(resource, answer)
    return answer
  }
  const others = catalogsAcross(full, services)
  const versions = [full.version, ...[...others.values()].map((other) => other.version)].join('+')
  const version = `${versions}/${authority.version}/${surface}/${principal.scope}`
  const own = narrow(full, remember, version, service.family)
  const catalog = narrowAcross(own, remember, (other) => {
    const elsewhere = others.get(other)
    if (!elsewhere) return undefined
    const given = (name: string) => authority.grants(principal, other, name, surface)
    return { catalog: elsewhere, grants: fittingGrants(given, elsewhere, 'database') }
  })
  const sight =
    service.family === 'files' ? fileSight(ask, authority.patterns(principal, service.name, surface)) : undefined
  const list = operationsOf(service, catalog).filter((operation) => isOffered(operation, surface, grants, sight))
  const accesses = new Map<string, TableAccess>()
  return {
    service,
    full,
    others,
    catalog,
    list,
    operations: new Map(list.map((operation) => [operation.name, operation])),
    answers: new Map(),
    grants,
    ...(sight && { sight }),
    table(name) {
      let access = accesses.get(name)
      if (access) return access
      const table = full.tables.get(name)
      const seen = catalog.tables.get(name)
      if (!table || !seen) return undefined
      access = tableAccess(table, full, seen, grants(tableResource(name, service.family)))
      accesses.set(name, access)
      return access
    },
  }
}

/** An operation on one of many tables is there when it can be bound to one; any other when its resource is granted. */
function isOffered(
  operation: Operation,
  surface: Surface,
  grants: View['grants'],
  sight: FileSight | undefined,
): boolean {
  if (!operation.surfaces.includes(surface)) return false
  if (sight) {
    if (operation.resource({}) === specResource) return true
    return (operation.suffices ?? [operation.effect]).some((verb) => sight.some(verb))
  }
  if (operation.subject) return operation.subject.values.length > 0
  const resource = operation.resource({})
  return isOverview(resource) || grants(resource).some((grant) => grant.verbs.has(operation.effect))
}
