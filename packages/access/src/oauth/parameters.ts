import { OAuthError } from './oauth-error.js'

/** Parameters of a request: each at most once (RFC 6749, 3.1), an empty one is none. */
export type Parameters = ReadonlyMap<string, string>

/** Those of a query or of a form. Throws `invalid_request` where one is given twice. */
export function parametersOf(text: string): Parameters {
  const found = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (found.has(name)) throw new OAuthError('invalid_request', `\`${name.slice(0, 50)}\` is given twice`)
    if (value !== '') found.set(name, value)
  }
  return found
}

/** The query of a request's target, without its question mark. */
export function queryOf(target: string): string {
  const start = target.indexOf('?')
  return start < 0 ? '' : target.slice(start + 1)
}

/** Throws `invalid_request` where it is missing. */
export function required(parameters: Parameters, name: string): string {
  const value = parameters.get(name)
  if (value === undefined) throw new OAuthError('invalid_request', `\`${name}\` is missing`)
  return value
}
