import type { HttpMethod, Operation, OperationFace } from '@gatehouse/core'
import { slug } from './names.js'

/** One operation as one method of one path of a document: of one table, where it has tables. */
export interface Endpoint {
  readonly operation: Operation
  readonly face: OperationFace
  readonly method: HttpMethod
  /** With the service: `/salesdb/_table/orders/{id}`. */
  readonly path: string
  /** The tag that it is listed under. */
  readonly group: string
  /** What its operationId should be. */
  readonly id: string
}

/** All endpoints of an operation that REST offers. */
export function endpointsOf(operation: Operation): readonly Endpoint[] {
  if (!operation.surfaces.includes('rest')) return []
  const { service, name, http, subject } = operation
  const base = `/${service}${http.path === '/' ? '' : http.path}`
  if (!subject) return byMethod(operation, operation, base, service, `${slug(service)}_${name}`)
  return subject.values.flatMap((value) => {
    const path = base.replace(`{${subject.parameter}}`, encodeURIComponent(value))
    const group = `${service}: ${value}`
    return byMethod(operation, subject.bind(value), path, group, `${slug(service)}_${name}_${slug(value)}`)
  })
}

function byMethod(
  operation: Operation,
  face: OperationFace,
  path: string,
  group: string,
  id: string,
): readonly Endpoint[] {
  return operation.http.methods.map((method, i) => ({
    operation,
    face,
    method,
    path,
    group,
    id: i === 0 ? id : `${id}_${method.toLowerCase()}`,
  }))
}
