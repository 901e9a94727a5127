import { Failure, type HttpMethod, type Pipeline, type Principal, serviceDown } from '@gatehouse/core'
import type { Verb } from './method.js'
import { eachParameter } from './query.js'
import { type Asked, type Match, routesOf } from './route-table.js'
import { basePath, type Target } from './target.js'

type Found = Extract<Match, { readonly route: object }>

/**
 * The route of a request to a service, among the operations that the principal may use. One that only others may use
 * is found too, for the pipeline to refuse. Throws `not_found`, `method_not_allowed` with what is allowed, or
 * `unavailable` for a service that is down: what it offers may not be known yet.
 */
export function findRoute(pipeline: Pipeline, principal: Principal, target: Target, { method }: Verb): Found {
  const { segments } = target
  const service = segments[0] ?? ''
  const asked = askedOf(target, method)
  const own = routesOf(pipeline.operations(principal, service, 'rest')).match(segments, asked)
  if (own?.route && !own.stored) return own
  // One path of a storage has several operations: the one that is meant may be one that the principal may not use.
  const offered = pipeline.offered?.(service, 'rest')
  const others = offered && routesOf(offered).match(segments, asked)
  if (own?.route) {
    const same = !others?.route || others.route.operation.name === own.route.operation.name
    return same ? own : others
  }
  if (others?.route) return others
  const reached = pipeline.services(principal, 'rest').find(({ name }) => name === service)
  if (reached?.state === 'down') throw serviceDown(service)
  if (!own) throw nothingHere(service)
  const allow = own.allow.includes('GET') ? ['HEAD', ...own.allow] : own.allow
  throw new Failure('method_not_allowed', `${method} is not possible here`, {
    hint: `Possible: ${own.allow.join(', ')}`,
    context: { allow: [...allow, 'OPTIONS'] },
  })
}

function askedOf({ slash, query }: Target, method: HttpMethod): Asked {
  let names: ReadonlySet<string> | undefined
  const has = (name: string) => {
    names ??= saidIn(query)
    return names.has(name)
  }
  return { start: 1, slash, method, has }
}

/** The parameters of a query string that do not say no. */
function saidIn(query: string): ReadonlySet<string> {
  const names = new Set<string>()
  eachParameter(query, (name, value) => {
    if (!/^(?:false|0|no|)$/i.test(value ?? 'true')) names.add(name)
  })
  return names
}

function nothingHere(service: string): Failure {
  return new Failure('not_found', 'There is nothing at this path', {
    hint: `GET ${basePath} lists your services, GET ${basePath}/api_docs/${encodeURIComponent(service)} what one offers`,
  })
}
