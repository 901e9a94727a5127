import type { PageLimits } from '@gatehouse/core'
import type { EndpointSettings } from './options.js'

/** An endpoint, and the part of it that the URL chose by `?services=` and `?tools=`. */
export interface View {
  readonly endpoint: string
  readonly settings: EndpointSettings
  readonly limits: PageLimits
  /** Equal for equal views: part of the key of what is cached. */
  readonly key: string
  readonly services?: ReadonlySet<string>
  /** Exactly these tools, and no facade in front of them. */
  readonly tools?: ReadonlySet<string>
}

/** The view of a request target (`/mcp/sales?tools=a,b`), `unknown` for an endpoint that is not there, else undefined. */
export type ViewOf = (target: string) => View | 'unknown' | undefined

/** Views by what the URL says. Few are remembered, since callers choose what a URL says. */
export function createViews(endpoints: Readonly<Record<string, EndpointSettings>>): ViewOf {
  const known = new Map<string, View>()
  return (target) => {
    if (!target.startsWith('/mcp')) return undefined
    const remembered = known.get(target)
    if (remembered) return remembered
    const [path = '', query = ''] = target.split('?', 2)
    const name = endpointName(path)
    if (name === undefined) return undefined
    const settings = Object.hasOwn(endpoints, name) ? endpoints[name] : undefined
    if (!settings) return 'unknown'
    const view = viewOf(name, settings, new URLSearchParams(query))
    if (known.size >= 100) known.clear()
    if (target.length < 2000) known.set(target, view)
    return view
  }
}

export function viewOf(endpoint: string, settings: EndpointSettings, query: URLSearchParams): View {
  const services = setOf(query.get('services'))
  const tools = setOf(query.get('tools'))
  return {
    endpoint,
    settings,
    limits: { fallback: settings.default_limit, most: settings.max_limit, stream: false },
    key: JSON.stringify([endpoint, sorted(services), sorted(tools)]),
    ...(services && { services }),
    ...(tools && { tools }),
  }
}

/** Whether a view shows a service, if the caller may reach it. */
export function shows(view: View, service: string): boolean {
  if (view.services && !view.services.has(service)) return false
  return view.settings.services === '*' || view.settings.services.includes(service)
}

function endpointName(path: string): string | undefined {
  if (path === '/mcp' || path === '/mcp/') return 'default'
  return /^\/mcp\/([A-Za-z0-9_-]+)\/?$/.exec(path)?.[1]
}

function setOf(list: string | null): ReadonlySet<string> | undefined {
  const names = list?.split(',').flatMap((name) => name.trim() || [])
  return names && names.length > 0 ? new Set(names) : undefined
}

function sorted(names: ReadonlySet<string> | undefined): readonly string[] {
  return names ? [...names].sort() : []
}
