import type { IncomingMessage, ServerResponse } from 'node:http'
import { createApi } from './api.js'
import type { RestOptions } from './options.js'
import { createSite } from './site.js'
import { isBelowBase } from './target.js'

/**
 * Everything that Gatehouse serves over HTTP but MCP, as a listener for node:http. Record routes have a router of
 * their own: express in front of them would cost more than all else here.
 */
export function createRest(options: RestOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const api = createApi(options)
  const site = createSite(options)
  return (request, response) => {
    if (isBelowBase(request.url ?? '')) api(request, response)
    else site(request, response)
  }
}
