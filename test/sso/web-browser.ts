/** A page as a person without JavaScript has it. */
export interface WebPage {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/**
 * A browser without a screen that goes from site to site: it keeps cookies by host and path, sends those that are
 * SameSite=Lax with no form of another site, and follows redirects.
 */
export interface WebBrowser {
  /** Follows redirects, except to addresses for which `stopAt` says so: then the page is the redirect itself. */
  open(url: string, init?: RequestInit): Promise<WebPage>
  /** Sends the first form of a page with these fields over its own. */
  submit(page: WebPage, fields?: Readonly<Record<string, string>>): Promise<WebPage>
  /** Follows the link whose text has this in it. */
  click(page: WebPage, text: string): Promise<WebPage>
  /** Addresses that nobody serves here, such as the callback of a program. */
  stopAt: (url: URL) => boolean
}

interface Cookie {
  readonly value: string
  readonly path: string
  readonly lax: boolean
}

export function createWebBrowser(): WebBrowser {
  // Browsers do not tell ports apart: sites here have different names.
  const jars = new Map<string, Map<string, Cookie>>()

  const cookiesFor = (url: URL, crossSitePost: boolean) =>
    [...(jars.get(url.hostname) ?? [])]
      .filter(([, { path, lax }]) => url.pathname.startsWith(path) && !(lax && crossSitePost))
      .map(([key, { value }]) => `${key.slice(key.indexOf(' ') + 1)}=${value}`)
      .join('; ')
  const keep = (url: URL, header: string) => {
    const [pair = '', ...attributes] = header.split(';').map((part) => part.trim())
    const equals = pair.indexOf('=')
    const named = new Map(attributes.map((one) => [one.split('=')[0]?.toLowerCase(), one.split('=')[1] ?? '']))
    const path = named.get('path') ?? '/'
    const jar = jars.get(url.hostname) ?? new Map<string, Cookie>()
    jars.set(url.hostname, jar)
    const key = `${path} ${pair.slice(0, equals)}`
    const gone = named.get('max-age') === '0' || Date.parse(named.get('expires') ?? '') < Date.now()
    if (gone) jar.delete(key)
    else jar.set(key, { value: pair.slice(equals + 1), path, lax: named.get('samesite')?.toLowerCase() !== 'none' })
  }

  const go = async (to: string, init: RequestInit, from: string | undefined): Promise<WebPage> => {
    const url = new URL(to)
    const headers = new Headers(init.headers)
    const posts = init.method === 'POST'
    const crossSite = from !== undefined && new URL(from).hostname !== url.hostname
    const cookies = cookiesFor(url, posts && crossSite)
    if (cookies !== '') headers.set('cookie', cookies)
    if (posts && from !== undefined) headers.set('origin', new URL(from).origin)
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const cookie of response.headers.getSetCookie()) keep(url, cookie)
    const text = await response.text()
    const location = response.headers.get('location')
    if (location === null) return { url: url.href, status: response.status, headers: response.headers, text }
    const next = new URL(location, url)
    if (browser.stopAt(next)) return { url: next.href, status: response.status, headers: response.headers, text }
    return go(next.href, {}, url.href)
  }

  const browser: WebBrowser = {
    stopAt: () => false,
    open: (url, init = {}) => go(url, init, undefined),
    submit(page, fields = {}) {
      const form = /<form[^>]*>/.exec(page.text)?.[0] ?? ''
      const action = /action="([^"]*)"/.exec(form)?.[1]
      if (action === undefined) throw new Error(`${page.status}: there is no form at ${page.url}:\n${page.text}`)
      const own: [string, string][] = []
      for (const [input] of page.text.matchAll(/<input[^>]*>/g)) {
        const name = /name="([^"]*)"/.exec(input)?.[1]
        const checkbox = input.includes('type="checkbox"')
        if (name === undefined || (checkbox && !input.includes('checked'))) continue
        own.push([plain(name), plain(/value="([^"]*)"/.exec(input)?.[1] ?? (checkbox ? 'on' : ''))])
      }
      const body = new URLSearchParams({ ...Object.fromEntries(own), ...fields })
      return go(new URL(plain(action), page.url).href, { method: 'POST', body }, page.url)
    },
    click(page, text) {
      for (const [, href = '', inner = ''] of page.text.matchAll(/<a[^>]*href="([^"]*)"[^>]*>([\s\S]*?)<\/a>/g)) {
        if (inner.includes(text)) return go(new URL(plain(href), page.url).href, {}, page.url)
      }
      throw new Error(`${page.status}: there is no link "${text}" at ${page.url}:\n${page.text}`)
    },
  }
  return browser
}

function plain(html: string): string {
  return html
    .replace(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code)))
    .replace(/&#x([0-9a-f]+);/gi, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
}
