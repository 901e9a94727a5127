import { isJsonObject, type JsonObject } from '@gatehouse/core'
import { metaKey } from './era.js'

/** What a subscriber asked for, of what we can tell. */
export interface Interests {
  readonly tools: boolean
  readonly prompts: boolean
  readonly resources: boolean
  readonly uris: readonly string[]
}

export interface Subscriber {
  /** The id of its `subscriptions/listen`, as JSON text; undefined for a client that hears of changes without asking. */
  readonly id: string | undefined
  readonly principal: string
  readonly interests: Interests
  notify(method: string, params: JsonObject): void
  /** The client is still who it was; false ends the stream. */
  stillAllowed(): Promise<boolean>
  /** Whether it may know of a service: the address of a resource may be made up. Asked after `stillAllowed`. */
  reaches(service: string): boolean
  /** Ends the stream with a result, since the server wants to. */
  end(): void
}

type ChangedList = 'tools' | 'prompts' | 'resources'

/** Who wants to hear of changes (`subscriptions/listen`). */
export interface Subscriptions {
  /** False when the principal has too many already. */
  add(subscriber: Subscriber): boolean
  remove(subscriber: Subscriber): void
  changed(lists: readonly ChangedList[], service?: string): void
  endAll(): void
}

const mostPerPrincipal = 50

export function createSubscriptions(): Subscriptions {
  const subscribers = new Set<Subscriber>()
  const tell = ({ id, notify }: Subscriber, method: string, params: JsonObject) =>
    notify(method, id === undefined ? params : { ...params, _meta: { [metaKey.subscription]: JSON.parse(id) } })

  const tellAll = async (subscriber: Subscriber, lists: readonly ChangedList[], service: string | undefined) => {
    if (!(await subscriber.stillAllowed())) return subscriber.end()
    for (const list of lists) if (subscriber.interests[list]) tell(subscriber, `notifications/${list}/list_changed`, {})
    if (!lists.includes('resources')) return
    for (const uri of subscriber.interests.uris) {
      const own = /^gatehouse:\/\/([^/]+)\//.exec(uri)?.[1]
      const concerned = own !== undefined && (service === undefined || own === service)
      if (concerned && subscriber.reaches(own)) tell(subscriber, 'notifications/resources/updated', { uri })
    }
  }

  return {
    add: (subscriber) => {
      const own = [...subscribers].filter((other) => other.principal === subscriber.principal)
      if (own.length >= mostPerPrincipal) return false
      subscribers.add(subscriber)
      return true
    },
    remove: (subscriber) => {
      subscribers.delete(subscriber)
    },
    changed: (lists, service) => {
      for (const subscriber of subscribers) void tellAll(subscriber, lists, service)
    },
    endAll: () => {
      for (const subscriber of subscribers) subscriber.end()
    },
  }
}

/** The filter of `subscriptions/listen`. What we cannot tell of is left out. */
export function interestsOf(params: JsonObject): Interests {
  const filter = isJsonObject(params.notifications) ? params.notifications : {}
  const uris = Array.isArray(filter.resourceSubscriptions) ? filter.resourceSubscriptions : []
  return {
    tools: filter.toolsListChanged === true,
    prompts: filter.promptsListChanged === true,
    resources: filter.resourcesListChanged === true,
    uris: uris.filter((uri): uri is string => typeof uri === 'string').slice(0, 1000),
  }
}

/** What the acknowledgement says of them. */
export function filterOf(interests: Interests): JsonObject {
  return {
    ...(interests.tools && { toolsListChanged: true }),
    ...(interests.prompts && { promptsListChanged: true }),
    ...(interests.resources && { resourcesListChanged: true }),
    ...(interests.uris.length > 0 && { resourceSubscriptions: interests.uris }),
  }
}
