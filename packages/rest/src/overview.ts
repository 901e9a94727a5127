import { Failure, type JsonValue, type Pipeline, type Principal } from '@gatehouse/core'
import type { Verb } from './method.js'
import { openApiDocument } from './openapi/document.js'
import type { Target } from './target.js'

/** What the surface answers by itself, about all services that the principal may reach. */
export interface Overview {
  /** Its name in the audit. */
  readonly operation: string
  readonly value: JsonValue
  readonly rows: number
}

/** `GET /api/v2` and `GET /api/v2/api_docs`; undefined for any other path. */
export function overviewOf(
  { segments }: Target,
  { method }: Verb,
  pipeline: Pipeline,
  principal: Principal,
  options: { readonly publicUrl: string; readonly accounts: boolean },
): Overview | undefined {
  const documents = segments[0] === 'api_docs'
  if (segments.length > (documents ? 1 : 0)) return undefined
  if (method !== 'GET') {
    throw new Failure('method_not_allowed', `${method} is not possible here`, {
      context: { allow: ['GET', 'HEAD', 'OPTIONS'] },
    })
  }
  return documents ? documentAll(pipeline, principal, options) : listServices(pipeline, principal)
}

function listServices(pipeline: Pipeline, principal: Principal): Overview {
  const services = pipeline.services(principal, 'rest')
  return {
    operation: 'list_apis',
    value: { services: services.map(({ name, label, description, type }) => ({ name, label, description, type })) },
    rows: services.length,
  }
}

/** One document for all services, and for the account of who asks. */
function documentAll(
  pipeline: Pipeline,
  principal: Principal,
  { publicUrl, accounts }: { readonly publicUrl: string; readonly accounts: boolean },
): Overview {
  const services = pipeline.services(principal, 'rest')
  const described = services.map((service) => ({
    service,
    operations: pipeline.operations(principal, service.name, 'rest'),
  }))
  return {
    operation: 'get_api_spec',
    value: openApiDocument(described, publicUrl, { accounts }),
    rows: services.length,
  }
}
