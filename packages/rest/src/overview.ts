import type { JsonValue, Pipeline, Principal } from '@gatehouse/core'
import { openApiDocument } from './openapi/document.js'

/** What the surface answers by itself, about all services that the principal may reach. */
export interface Overview {
  readonly operation: string
  readonly value: JsonValue
  readonly rows: number
}

/** `GET /api/v2` */
export function listServices(pipeline: Pipeline, principal: Principal): Overview {
  const services = pipeline.services(principal, 'rest')
  return {
    operation: 'list_apis',
    value: { services: services.map(({ name, label, description, type }) => ({ name, label, description, type })) },
    rows: services.length,
  }
}

/** `GET /api/v2/api_docs`: one document for all services. */
export function documentAll(pipeline: Pipeline, principal: Principal, publicUrl: string): Overview {
  const services = pipeline.services(principal, 'rest')
  const described = services.map((service) => ({
    service,
    operations: pipeline.operations(principal, service.name, 'rest'),
  }))
  return { operation: 'get_api_spec', value: openApiDocument(described, publicUrl), rows: services.length }
}
