import type { IncomingMessage } from 'node:http'
import { Failure, type HttpMethod } from '@gatehouse/core'
import { eachParameter } from './query.js'

export interface Verb {
  /** What the operation is chosen by. */
  readonly method: HttpMethod
  /** True where a POST asked to be taken as another method, so that a long question can travel in its body. */
  readonly tunnelled: boolean
}

const methods: Readonly<Record<string, HttpMethod>> = {
  GET: 'GET',
  HEAD: 'GET',
  POST: 'POST',
  PUT: 'PUT',
  PATCH: 'PATCH',
  DELETE: 'DELETE',
}

/** The method of a request, or what a POST says instead in `X-HTTP-Method`, `X-HTTP-Method-Override` or `?method=`. */
export function verbOf(request: IncomingMessage, query: string): Verb {
  const method = methods[request.method ?? ''] ?? 'GET'
  if (method !== 'POST') return { method, tunnelled: false }
  const { headers } = request
  const said = headers['x-http-method'] ?? headers['x-http-method-override'] ?? methodInQuery(query)
  if (said === undefined) return { method, tunnelled: false }
  const name = typeof said === 'string' ? said.toUpperCase() : ''
  const meant = Object.hasOwn(methods, name) ? methods[name] : undefined
  if (!meant) {
    throw new Failure('invalid', 'A POST can stand for GET, PUT, PATCH or DELETE only', {
      hint: 'Correct X-HTTP-Method, X-HTTP-Method-Override or ?method=',
    })
  }
  return { method: meant, tunnelled: meant !== 'POST' }
}

export function isMethod(method: string | undefined): boolean {
  return method !== undefined && Object.hasOwn(methods, method)
}

function methodInQuery(query: string): string | undefined {
  if (!query.includes('method=')) return undefined
  let found: string | undefined
  eachParameter(query, (name, value) => {
    if (name === 'method') found ??= value
  })
  return found
}
