import { shows } from './endpoint.js'
import { metaKey } from './era.js'
import { errorCode, ProtocolError } from './errors.js'
import type { Exchange } from './exchange.js'
import { membersResult, type Parts } from './result.js'
import { filterOf, interestsOf, type Subscriber } from './subscriptions.js'

/**
 * `subscriptions/listen`: an acknowledgement, then changes, until the client goes away (then there is nobody to answer)
 * or the server ends it with a result.
 */
export async function listen(exchange: Exchange): Promise<Parts> {
  const { server, channel, signal, id, view, credentials } = exchange
  let { principal } = exchange
  if (!channel.takesNotifications) {
    throw new ProtocolError(errorCode.invalidRequest, 'Accept has to name text/event-stream for this', { status: 406 })
  }
  const interests = interestsOf(exchange.params)
  const subscription = { [metaKey.subscription]: JSON.parse(id) }
  return new Promise((resolve, reject) => {
    const end = () => {
      signal.removeEventListener('abort', end)
      server.subscriptions.remove(subscriber)
      const head = server.envelopes
        .complete(exchange.era)
        .replace('"_meta":{', `"_meta":${JSON.stringify(subscription).slice(0, -1)},`)
      resolve(membersResult(head, ''))
    }
    const subscriber: Subscriber = {
      id,
      principal: principal.id,
      interests,
      notify: (method, params) => channel.notify(method, params),
      stillAllowed: async () => {
        try {
          const now = await server.pipeline.authenticate(credentials)
          const same = now.id === principal.id
          principal = now
          return same
        } catch {
          return false
        }
      },
      reaches: (service) =>
        shows(view, service) && server.pipeline.services(principal, 'mcp').some(({ name }) => name === service),
      end,
    }
    if (!server.subscriptions.add(subscriber)) {
      reject(new ProtocolError(errorCode.internal, 'Too many subscriptions are open with these credentials'))
      return
    }
    signal.addEventListener('abort', end, { once: true })
    channel.notify('notifications/subscriptions/acknowledged', {
      _meta: subscription,
      notifications: filterOf(interests),
    })
  })
}
