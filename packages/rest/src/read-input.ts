import type { IncomingMessage } from 'node:http'
import { Failure } from '@gatehouse/core'
import { negotiateFormat } from './answer-format.js'
import { takeBody } from './body-input.js'
import { ifMatchTag } from './etag.js'
import { InputDraft } from './input-reader.js'
import { parseBody, requireJson } from './json-body.js'
import type { Verb } from './method.js'
import { eachParameter } from './query.js'
import type { Match } from './route-table.js'

/** Names that are not the operation's: credentials have no place in a query string and are never read from it. */
const ignored: ReadonlySet<string> = new Set(['api_key', 'session_token'])

/** The flat input of the operation, from path, query string, body and headers. Throws `invalid`, `not_acceptable`. */
export function readInput(
  found: Extract<Match, { readonly route: object }>,
  request: IncomingMessage,
  query: string,
  verb: Verb,
  body: Buffer | undefined,
): InputDraft {
  const { route, values } = found
  const draft = new InputDraft(route.reader)
  for (let i = 0; i < values.length; i++) draft.text(route.parameters[i] ?? '', values[i])
  if (query !== '') {
    eachParameter(query, (name, value) => {
      if (ignored.has(name) || (name === 'method' && request.method === 'POST')) return
      draft.text(name, value)
    })
  }
  if (body && body.length > 0) {
    requireJson(request)
    takeBody(draft, parseBody(body), verb.tunnelled && verb.method === 'GET')
  }
  const { headers } = request
  const { http, effect } = route.operation
  for (const [property, name] of Object.entries(http.headers ?? {})) {
    const value = headers[name]
    if (typeof value === 'string') draft.set(property, value)
  }
  const ifMatch = headers['if-match']
  if (ifMatch !== undefined && effect !== 'read' && http.headers?.if_match === undefined) takeIfMatch(draft, ifMatch)
  if (http.download === undefined) negotiateFormat(draft, headers.accept)
  return draft
}

/** A condition that cannot be met must not be passed over in silence (RFC 9110, 13.1.1). */
function takeIfMatch(draft: InputDraft, header: string): void {
  if (!draft.reader.has('if_match')) {
    throw new Failure('invalid', 'If-Match goes with a write to one record only', {
      hint: 'Address the record by its id in the path',
    })
  }
  const tag = ifMatchTag(header)
  if (tag !== undefined) draft.set('if_match', tag)
}
