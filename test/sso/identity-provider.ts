import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'
import type { WebBrowser, WebPage } from './web-browser.js'

/** What the provider knows of a person, by its subject. */
type People = Map<string, Record<string, unknown>>

/** A real OpenID Connect provider, whose login takes any password for a subject that it knows. */
export interface IdentityProvider {
  readonly issuer: string
  readonly people: People
  /** From when the addresses of its clients are known. */
  serve(client: { readonly redirectUris: readonly string[]; readonly returnUris?: readonly string[] }): void
  close(): Promise<void>
}

export const clientId = 'gatehouse'
export const clientSecret = 'a secret of the tests, and long enough'

/** Claims beside `sub`, in the ID token too. */
const told = ['preferred_username', 'email', 'name', 'groups', 'realm_access', 'hd', 'country']

/** `host`: sites are told apart by their names, so that each provider has one of its own: 127.0.0.1, 127.0.0.2. */
export async function startIdentityProvider(
  host = '127.0.0.1',
  options: { readonly confidential?: boolean } = {},
): Promise<IdentityProvider> {
  const server = createServer((_request, response) => response.writeHead(503).end())
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const issuer = `http://${host}:${(server.address() as AddressInfo).port}`
  const people: People = new Map()
  return {
    issuer,
    people,
    serve({ redirectUris, returnUris = [] }) {
      const provider = providerOf(issuer, people, redirectUris, returnUris, options.confidential !== false)
      const answer = provider.callback()
      server.removeAllListeners('request')
      server.on('request', answer)
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function providerOf(
  issuer: string,
  people: People,
  redirectUris: readonly string[],
  returnUris: readonly string[],
  confidential: boolean,
): Provider {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        ...(confidential ? { client_secret: clientSecret } : { token_endpoint_auth_method: 'none' }),
        redirect_uris: redirectUris,
        post_logout_redirect_uris: returnUris,
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }] },
    cookies: { keys: ['a key of the tests'] },
    claims: { openid: ['sub'], profile: told },
    // Into the ID token, where most providers put groups.
    conformIdTokenClaims: false,
    findAccount: (_context: unknown, sub: string) => {
      const person = people.get(sub)
      return person && { accountId: sub, claims: () => ({ sub, ...person }) }
    },
    issueRefreshToken: () => true,
    // Refresh tokens are good once, as those of careful providers are.
    rotateRefreshToken: true,
    pkce: { required: () => true },
    ttl: { Session: 3600, Grant: 3600, Interaction: 3600, AccessToken: 3600, IdToken: 3600, RefreshToken: 3600 },
  })
}

/** From the provider's login page to wherever it sends the browser: signs in where that is asked for, and agrees. */
export async function signInAtProvider(browser: WebBrowser, first: WebPage, subject: string): Promise<WebPage> {
  let page = first
  if (page.text.includes('name="password"') && page.text.includes('name="login"')) {
    page = await browser.submit(page, { login: subject, password: 'any' })
  }
  if (page.text.includes('name="prompt" value="consent"')) page = await browser.submit(page)
  return page
}
