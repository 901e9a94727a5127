import { Client as Client2, StreamableHTTPClientTransport as Http2 } from '@modelcontextprotocol/client'
import { UnauthorizedError as Unauthorized1 } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { agree, type Browser } from './browser.js'
import { postForm, rpc } from './oauth-client.js'
import { emptyKept, type Kept, type Known, providerOf } from './sdk-provider.js'
import { callback, startWorld, type World } from './world.js'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const who = { name: 'oauth-test', version: '1.0.0' }

/** What the clients have in common. */
interface Opened {
  call(name: string, input: Record<string, unknown>): Promise<string>
  close(): Promise<void>
}

/** A connection that a person may be needed for: one try ends where they are, the next begins with what they said. */
interface Connector {
  try(url: string, kept: Kept, known: Known): Promise<Opened | 'person needed'>
  finish(url: string, kept: Kept, known: Known, answer: URLSearchParams): Promise<void>
}

const textOf = (content: unknown): string => {
  const [first] = content as readonly { readonly text?: string }[]
  return first?.text ?? ''
}

const sdk1: Connector = {
  async try(url, kept, known) {
    const client = new Client1(who)
    const transport = new Http1(new URL(url), { authProvider: providerOf(kept, known) })
    try {
      // Its class and its interface disagree on optional members that are undefined.
      await client.connect(transport as Parameters<typeof client.connect>[0])
    } catch (thrown) {
      if (thrown instanceof Unauthorized1) return 'person needed'
      throw thrown
    }
    return {
      call: async (name, input) => textOf((await client.callTool({ name, arguments: input })).content),
      close: () => client.close(),
    }
  },
  async finish(url, kept, known, answer) {
    await new Http1(new URL(url), { authProvider: providerOf(kept, known) }).finishAuth(answer.get('code') ?? '')
  },
}

const sdk2: Connector = {
  async try(url, kept, known) {
    const client = new Client2(who, { versionNegotiation: { mode: 'auto' } })
    const transport = new Http2(new URL(url), { authProvider: providerOf(kept, known) })
    try {
      await client.connect(transport)
    } catch (thrown) {
      if (thrown instanceof Error && thrown.name === 'UnauthorizedError') return 'person needed'
      throw thrown
    }
    return {
      call: async (name, input) => textOf((await client.callTool({ name, arguments: input })).content),
      close: () => client.close(),
    }
  },
  async finish(url, kept, known, answer) {
    await new Http2(new URL(url), { authProvider: providerOf(kept, known) }).finishAuth(answer)
  },
}

const connectors = [
  ['SDK 1', sdk1],
  ['SDK 2', sdk2],
] as const

const ways: readonly (readonly [string, () => Known | 'no certificate'])[] = [
  ['registers itself', () => ({})],
  [
    'has a metadata document',
    () => {
      const metadataUrl = world.documents?.put('/client.json', (url) => ({
        client_id: url,
        client_name: 'A documented client',
        redirect_uris: [callback],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
      }))
      return metadataUrl === undefined ? 'no certificate' : { metadataUrl }
    },
  ],
  [
    'was made by an administrator',
    () => ({ information: { client_id: 'web@default', client_secret: world.secret('web@default') } }),
  ],
]

/** The person opens the address that the client sent them to, signs in, allows, and comes back. */
async function person(kept: Kept, browser: Browser, withheld: readonly string[] = []): Promise<URLSearchParams> {
  if (!kept.sentTo) throw new Error('The client sent nobody anywhere')
  const back = await agree(browser, kept.sentTo.href, world.account, withheld)
  expect(back.href.startsWith(callback)).toBe(true)
  expect(back.searchParams.get('state')).toBe('a-state-of-the-client')
  expect(back.searchParams.get('iss')).toBe(world.url)
  return back.searchParams
}

async function connected(
  connector: Connector,
  known: Known,
  kept: Kept,
  browser: Browser,
  withheld: readonly string[] = [],
): Promise<Opened> {
  const url = `${world.url}/mcp`
  expect(await connector.try(url, kept, known)).toBe('person needed')
  await connector.finish(url, kept, known, await person(kept, browser, withheld))
  const opened = await connector.try(url, kept, known)
  if (opened === 'person needed') throw new Error('The token was not taken')
  return opened
}

describe.each(connectors)('%s', (_name, connector) => {
  it.for(ways)('goes from a bare 401 to a tool call when it %s', async ([, knownAs], { skip }) => {
    const known = knownAs()
    if (known === 'no certificate') return skip('openssl cannot be had here, so no certificate can be made')
    const kept = emptyKept()
    const browser = world.browser()
    const opened = await connected(connector, known, kept, browser)
    const read = await opened.call('salesdb_get_table_data', { table_name: 'customers', limit: 1 })
    expect(read).toContain('"rows":1')
    expect(kept.tokens?.scope).toBe('*:execute *:read *:write')
    await opened.close()

    // The access token is lost: the refresh token brings another one, without the person.
    const before = kept.tokens
    if (!before) throw new Error('There are no tokens')
    kept.tokens = { ...before, access_token: 'gha_lost' }
    kept.sentTo = undefined
    const again = await connector.try(`${world.url}/mcp`, kept, known)
    if (again === 'person needed') throw new Error('It was not refreshed')
    expect(await again.call('salesdb_get_tables', {})).toContain('customers')
    expect(kept.sentTo).toBeUndefined()
    expect(kept.tokens.refresh_token).not.toBe(before.refresh_token)
    await again.close()

    // Revoked: neither token is worth anything.
    const { client_id = '' } = kept.information ?? {}
    const secret = known.information && { client_secret: known.information.client_secret }
    const token = kept.tokens.refresh_token ?? ''
    const revoked = await postForm(`${world.url}/mcp/default/revoke`, { token, client_id, ...secret })
    expect(revoked.status).toBe(200)
    expect((await rpc(`${world.url}/mcp`, kept.tokens.access_token, 'tools/list')).status).toBe(401)
    const refused = await postForm(`${world.url}/mcp/default/token`, {
      grant_type: 'refresh_token',
      refresh_token: token,
      client_id,
      ...secret,
    })
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_grant'])
  })

  it('asks the person for more when a call needs it', async () => {
    const kept = emptyKept()
    const browser = world.browser()
    const opened = await connected(connector, {}, kept, browser, ['*:write', '*:execute'])
    expect(kept.tokens?.scope).toBe('*:read')
    // SDK 1 tries its refresh token first, and gives up when what that brings is not enough.
    if (kept.tokens) kept.tokens = { access_token: kept.tokens.access_token, token_type: 'Bearer' }
    kept.sentTo = undefined
    const write = () =>
      opened.call('salesdb_create_records', {
        table_name: 'tags',
        records: [{ name: `of ${Date.now()} ${Math.random()}` }],
      })
    await expect(write()).rejects.toThrow()
    if (!kept.sentTo) throw new Error('The person was not asked')
    expect((kept.sentTo as URL).searchParams.get('scope')).toBe('*:read salesdb:write')
    await connector.finish(`${world.url}/mcp`, kept, {}, await person(kept, browser))
    expect(kept.tokens?.scope).toBe('*:read salesdb:write')
    const more = await connector.try(`${world.url}/mcp`, kept, {})
    if (more === 'person needed') throw new Error('The token was not taken')
    const written = await more.call('salesdb_create_records', {
      table_name: 'tags',
      records: [{ name: `of ${Math.random()}` }],
    })
    expect(written).toContain('"rows":1')
    await more.close()
    await opened.close()
  })
})
