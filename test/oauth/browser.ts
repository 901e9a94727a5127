import { pkce, postForm } from './oauth-client.js'

/** A page as a person without JavaScript has it. */
export interface Page {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** A browser without a screen: it keeps cookies, follows redirects, and sends forms as they are written. */
export interface Browser {
  /** Follows redirects for as long as they stay at `origin`; the first one that leads elsewhere is the end. */
  open(url: string, init?: RequestInit): Promise<Page>
  /** Sends the only form of a page, with these fields over its own. */
  submit(page: Page, fields: Readonly<Record<string, string>>, unticked?: readonly string[]): Promise<Page>
  readonly cookies: Map<string, string>
}

export function createBrowser(origin: string): Browser {
  const cookies = new Map<string, string>()
  const open = async (url: string, init: RequestInit = {}): Promise<Page> => {
    const headers = new Headers(init.headers)
    if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';')
      const equals = pair.indexOf('=')
      if (pair.length === equals + 1) cookies.delete(pair.slice(0, equals))
      else cookies.set(pair.slice(0, equals), pair.slice(equals + 1))
    }
    const text = await response.text()
    const location = response.headers.get('location')
    if (location === null) return { url, status: response.status, headers: response.headers, text }
    const next = new URL(location, url)
    if (next.origin !== origin) return { url: location, status: response.status, headers: response.headers, text }
    return open(next.href)
  }
  return {
    cookies,
    open,
    async submit(page, fields, unticked = []) {
      const form = formOf(page)
      const body = new URLSearchParams({ ...form.fields, ...fields })
      for (const name of unticked) body.delete(name)
      return open(form.action, { method: 'POST', body, headers: { origin } })
    },
  }
}

export function formOf({ text, url }: Page): { readonly action: string; readonly fields: Record<string, string> } {
  const action = /<form method="post" action="([^"]*)"/.exec(text)?.[1]
  if (action === undefined) throw new Error(`There is no form at ${url}:\n${text}`)
  const fields: Record<string, string> = {}
  for (const [, name = '', value = ''] of text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)) {
    fields[plain(name)] = plain(value)
  }
  for (const [, name = ''] of text.matchAll(/<input type="checkbox" name="([^"]*)" value="yes" checked>/g)) {
    fields[plain(name)] = 'yes'
  }
  return { action: new URL(plain(action), url).href, fields }
}

/** The tenants that a page offers to choose from. */
export function organisationsOn({ text }: Page): readonly string[] {
  return [...text.matchAll(/<input type="radio" name="organisation" value="([^"]*)"/g)].map(([, name = '']) => name)
}

/** Chooses one of them, and goes on. */
export function choose(browser: Browser, { text, url }: Page, organisation: string): Promise<Page> {
  const [, action = '', form = ''] = /<form method="get" action="([^"]*)">([\s\S]*?)<\/form>/.exec(text) ?? []
  const query = new URLSearchParams()
  for (const [, name = '', value = ''] of form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)) {
    query.set(plain(name), plain(value))
  }
  query.set('organisation', organisation)
  return browser.open(`${new URL(plain(action), url).href}?${query}`)
}

function plain(html: string): string {
  return html.replace(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code)))
}

/** The access token of a person for the endpoint of an address, in the organisation that they choose. */
export async function memberToken(
  url: string,
  client: string,
  account: Account,
  organisation: string,
): Promise<string> {
  const { verifier, challenge } = pkce()
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
  const address = `${url}/mcp/default/authorize?${query}`
  const back = await agree(createBrowser(url), address, account, [], organisation)
  const { body } = await postForm(`${url}/mcp/default/token`, {
    grant_type: 'authorization_code',
    client_id: client,
    code: back.searchParams.get('code') ?? '',
    code_verifier: verifier,
  })
  return body.access_token
}

export interface Account {
  readonly user: string
  readonly password: string
}

/**
 * Signs in where that is asked for, chooses an organisation where there are several, and allows, but for some scopes.
 * Answers where the client is sent to.
 */
export async function agree(
  browser: Browser,
  url: string,
  { user, password }: Account,
  withheld: readonly string[] = [],
  organisation = 'default',
): Promise<URL> {
  let page = await browser.open(url)
  if (page.text.includes('name="password"')) page = await browser.submit(page, { username: user, password })
  if (organisationsOn(page).length > 0) page = await choose(browser, page, organisation)
  if (page.text.includes('value="allow"')) {
    const unticked = withheld.map((scope) => `scope:${scope}`)
    page = await browser.submit(page, { decision: 'allow' }, unticked)
  }
  if (page.headers.get('location') === null) throw new Error(`${page.status} at ${page.url}:\n${page.text}`)
  return new URL(page.url)
}
