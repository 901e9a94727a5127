import type { HttpMethod, Operation, OperationFace } from '@gatehouse/core'
import { slug } from './names.js'

/** One operation as one method of one path of a document: of one table, where it has tables. */
export interface Endpoint {
  readonly operation: Operation
  readonly face: OperationFace
  readonly method: HttpMethod
  /** With the service: `/salesdb/_table/orders/{id}`. */
  readonly path: string
  /** The tag that it is listed under, and what that tag is about: a table, a routine; absent for the service. */
  readonly group: string
  readonly about?: string
  /** What its operationId should be. */
  readonly id: string
}

/** All endpoints of an operation that REST offers. */
export function endpointsOf(operation: Operation): readonly Endpoint[] {
  if (!operation.surfaces.includes('rest')) return []
  const { service, name, http, subject } = operation
  const base = `/${service}${http.path === '/' ? '' : http.path}`
  const id = `${slug(service)}_${name}`
  if (!subject) {
    return pathsOf(operation).flatMap(({ path, suffix }) =>
      byMethod(operation, operation, `/${service}${path === '/' ? '' : path}`, service, id + suffix),
    )
  }
  const kind = subject.parameter.replace(/_name$/, '')
  return subject.values.flatMap((value) => {
    const path = base.replace(`{${subject.parameter}}`, encodeURIComponent(value))
    const group = `${service}: ${value}`
    const about = `The ${kind} ${value} of ${service}.`
    return byMethod(operation, subject.bind(value), path, group, `${id}_${slug(value)}`).map((endpoint) => ({
      ...endpoint,
      about,
    }))
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

/** A path that takes all that is left is a plain parameter to a document, and where it may be empty, a path without it. */
function pathsOf({ http, input }: Operation): readonly { readonly path: string; readonly suffix: string }[] {
  const all = [http.path, ...(http.alsoAt ?? [])]
  return all.flatMap((template, i) => {
    const path = template.replace('{+', '{')
    const suffix = i === 0 ? '' : '_folder'
    if (path === template || !path.endsWith('}/')) return [{ path, suffix }]
    const root = input.required?.includes('path') ? [] : [{ path: '/', suffix: `${suffix}_root` }]
    return [{ path, suffix }, ...root]
  })
}
