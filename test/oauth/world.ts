import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '@gatehouse/core'
import { type SampleGateway, startSampleGateway } from '../harness/sample-gateway.js'
import { selfSigned } from '../servers/certificate.mjs'
import { type Account, agree, type Browser, createBrowser } from './browser.js'
import { type DocumentServer, serveDocuments } from './document-server.js'
import { pkce, postForm, postJson, type TokenAnswer } from './oauth-client.js'

export interface World {
  readonly gateway: SampleGateway
  /** The issuer. */
  readonly url: string
  readonly account: Account
  /** Where clients put the metadata that their id is; undefined where no certificate can be made. */
  readonly documents: DocumentServer | undefined
  secret(client: string): string
  browser(): Browser
  /** Registers a client; answers its id. */
  register(metadata?: Readonly<Record<string, unknown>>): Promise<string>
  /** The way of a client up to its tokens. What is given stands over what it would send. */
  authorize(given: Asking): Promise<URL>
  tokens(given: Asking): Promise<Tokens>
  close(): Promise<void>
}

interface Asking {
  readonly client: string
  readonly endpoint?: string
  readonly scope?: string
  readonly redirectUri?: string
  readonly browser?: Browser
  readonly parameters?: Readonly<Record<string, string>>
}

interface Tokens {
  readonly access: string
  readonly refresh: string
  readonly scope: string
  readonly answer: TokenAnswer
}

export const callback = 'http://127.0.0.1:53682/callback'

/**
 * The sample with two endpoints, `default` and `sales`, its administrator, and clients that were made for `default`.
 * `local`: metadata documents may be on this machine.
 */
export async function startWorld(more: JsonObject = {}, { local = true } = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-oauth-'))
  const certificate = await selfSigned(folder)
  const documents = 'skipped' in certificate ? undefined : await serveDocuments(certificate)
  const gateway = await startSampleGateway(
    {
      mcp: { default: {}, sales: { services: ['salesdb'], api_keys: false } },
      oauth: {
        clients: [
          {
            name: 'web',
            redirect_uris: ['https://app.example/callback', callback],
            roles: ['analyst'],
            attributes: { country: 'FR' },
          },
          { name: 'remote', redirect_uris: ['http://127.0.0.1/oauth/callback'] },
          { name: 'machine', roles: ['analyst'], attributes: { country: 'DE' } },
        ],
      },
      ...more,
    },
    documents && local ? { localDocuments: { ca: documents.ca } } : {},
  )
  const { url } = gateway
  const [administrator] = gateway.users
  const account = { user: administrator?.name ?? '', password: administrator?.password ?? '' }
  const verifiers = new Map<string, string>()
  // Signed in once, since that is slow on purpose.
  const mine = createBrowser(url)

  const register = async (metadata: Readonly<Record<string, unknown>> = {}) => {
    const { body, status } = await postJson(`${url}/mcp/default/register`, {
      client_name: 'Test',
      redirect_uris: [callback],
      token_endpoint_auth_method: 'none',
      ...metadata,
    })
    if (status !== 201) throw new Error(JSON.stringify(body))
    return body.client_id as string
  }
  const authorize = async ({ client, endpoint, scope, redirectUri = callback, browser, parameters }: Asking) => {
    const { verifier, challenge } = pkce()
    verifiers.set(challenge, verifier)
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client,
      redirect_uri: redirectUri,
      state: challenge,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      resource: `${url}/mcp${endpoint === undefined ? '' : `/${endpoint}`}`,
      ...(scope !== undefined && { scope }),
      ...parameters,
    })
    return agree(browser ?? mine, `${url}/mcp/default/authorize?${query}`, account)
  }

  return {
    gateway,
    url,
    account,
    documents,
    secret: (client) => gateway.clients.find(({ id }) => id === client)?.secret ?? '',
    browser: () => createBrowser(url),
    register,
    authorize,
    async tokens(given) {
      const back = await authorize(given)
      const answer = await postForm(`${url}/mcp/default/token`, exchange(given, back, verifiers))
      const { access_token: access, refresh_token: refresh, scope } = answer.body
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
      return { access, refresh, scope, answer }
    },
    async close() {
      await gateway.close()
      await documents?.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function exchange({ client, redirectUri = callback }: Asking, back: URL, verifiers: ReadonlyMap<string, string>) {
  return {
    grant_type: 'authorization_code',
    client_id: client,
    redirect_uri: redirectUri,
    code: back.searchParams.get('code') ?? '',
    code_verifier: verifiers.get(back.searchParams.get('state') ?? '') ?? '',
  }
}
