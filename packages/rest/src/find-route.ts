import { Failure, type HttpMethod, type Pipeline, type Principal, serviceDown } from '@gatehouse/core'
import { type Match, routesOf } from './route-table.js'
import { basePath } from './target.js'

type Found = Extract<Match, { readonly route: object }>

/**
 * The route of a request to a service, among the operations that the principal may use. One that only others may use
 * is found too, for the pipeline to refuse. Throws `not_found`, `method_not_allowed` with what is allowed, or
 * `unavailable` for a service that is down: what it offers may not be known yet.
 */
export function findRoute(
  pipeline: Pipeline,
  principal: Principal,
  segments: readonly string[],
  method: HttpMethod,
): Found {
  const service = segments[0] ?? ''
  const own = routesOf(pipeline.operations(principal, service, 'rest')).match(segments, 1, method)
  if (own?.route) return own
  const offered = pipeline.offered?.(service, 'rest')
  const others = offered && routesOf(offered).match(segments, 1, method)
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

function nothingHere(service: string): Failure {
  return new Failure('not_found', 'There is nothing at this path', {
    hint: `GET ${basePath} lists your services, GET ${basePath}/api_docs/${encodeURIComponent(service)} what one offers`,
  })
}
