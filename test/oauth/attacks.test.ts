import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testKey } from '../harness/running-gateway.js'
import { administrator, goodPassword } from '../identity/person.js'
import { agree, createBrowser, formOf } from './browser.js'
import { callTool, pkce, postForm, postJson, rpc } from './oauth-client.js'
import { callback, startWorld, type World } from './world.js'

let world: World
let client: string
beforeAll(async () => {
  world = await startWorld()
  client = await world.register()
})
afterAll(() => world.close())

const at = (name: string) => `${world.url}/mcp/default/${name}`
const listed = async (token: string, endpoint = '/mcp') =>
  (await rpc(`${world.url}${endpoint}`, token, 'tools/list')).status
const refresh = (token: string, more: Readonly<Record<string, string>> = {}) =>
  postForm(at('token'), { grant_type: 'refresh_token', refresh_token: token, client_id: client, ...more })

/** The query of a request for authorization that holds, changed. */
function query(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const { challenge } = pkce()
  const all = {
    response_type: 'code',
    client_id: client,
    redirect_uri: callback,
    state: 'st',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    resource: `${world.url}/mcp`,
    ...changes,
  }
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(all)) if (value !== undefined) search.set(name, value)
  return search.toString()
}

/** What the authorization endpoint answers at once: a page, or where it sends. */
async function asked(search: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${at('authorize')}?${search}`, { redirect: 'manual', headers })
  const location = response.headers.get('location')
  return {
    status: response.status,
    location: location === null ? undefined : new URL(location),
    text: await response.text(),
  }
}

async function freshCode(scope?: string) {
  const { verifier, challenge } = pkce()
  const back = await world.authorize({
    client,
    parameters: { code_challenge: challenge, ...(scope !== undefined && { scope }) },
  })
  const code = back.searchParams.get('code') ?? ''
  const fields = {
    grant_type: 'authorization_code',
    code,
    client_id: client,
    redirect_uri: callback,
    code_verifier: verifier,
  }
  return {
    code,
    verifier,
    redeem: (more: Readonly<Record<string, string>> = {}) => postForm(at('token'), { ...fields, ...more }),
    fields,
  }
}

describe('authorization codes', () => {
  it('are good once; a second use takes back what the first has brought', async () => {
    const { redeem } = await freshCode()
    const first = await redeem()
    expect(first.status).toBe(200)
    expect(await listed(first.body.access_token)).toBe(200)
    const second = await redeem()
    expect([second.status, second.body.error]).toEqual([400, 'invalid_grant'])
    expect(await listed(first.body.access_token)).toBe(401)
    expect((await refresh(first.body.refresh_token)).body.error).toBe('invalid_grant')
  })

  it('are redeemed by one of many at once', async () => {
    const { redeem } = await freshCode()
    const answers = await Promise.all(Array.from({ length: 8 }, () => redeem()))
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1)
    for (const { status, body } of answers) if (status !== 200) expect(body.error).toBe('invalid_grant')
  })

  it.each([
    ['without a verifier', { code_verifier: '' }],
    ['with another verifier', { code_verifier: pkce().verifier }],
    ['with the challenge as the verifier', { code_verifier: 'CHALLENGE' }],
    ['with another redirect address', { redirect_uri: 'http://127.0.0.1:53683/callback' }],
    ['for another resource', { resource: 'SALES' }],
  ])('are worth nothing %s, and are used up by the attempt', async (_how, wrong) => {
    const { redeem, verifier } = await freshCode()
    const given = Object.fromEntries(
      Object.entries(wrong).map(([name, value]) => [
        name,
        value === 'CHALLENGE'
          ? createHash('sha256').update(verifier).digest('base64url')
          : value === 'SALES'
            ? `${world.url}/mcp/sales`
            : String(value),
      ]),
    )
    const refused = await redeem(given)
    expect(refused.status).toBe(400)
    expect(['invalid_grant', 'invalid_target']).toContain(refused.body.error)
    expect((await redeem()).body.error).toBe('invalid_grant')
  })

  it('are worth nothing to another client', async () => {
    const other = await world.register()
    const { redeem } = await freshCode()
    expect((await redeem({ client_id: other })).body.error).toBe('invalid_grant')
  })

  it('are worth nothing when they are made up', async () => {
    const { redeem } = await freshCode()
    for (const code of ['ghc_', 'x', "' or 1=1 --", 'ghc_'.padEnd(47, 'A')]) {
      expect((await redeem({ code })).body.error).toBe('invalid_grant')
    }
  })
})

describe('requests for authorization', () => {
  it.each([
    ['no challenge', { code_challenge: undefined }, 'invalid_request'],
    ['the method plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['no method, which would be plain', { code_challenge_method: undefined }, 'invalid_request'],
    ['a challenge that is too short', { code_challenge: 'abc' }, 'invalid_request'],
    ['the implicit grant', { response_type: 'token' }, 'unsupported_response_type'],
    ['a hybrid', { response_type: 'code id_token' }, 'unsupported_response_type'],
    ['an answer in the fragment', { response_mode: 'fragment' }, 'invalid_request'],
    ['a request object', { request: 'e30.e30.' }, 'invalid_request'],
    ['a request by reference', { request_uri: 'http://169.254.169.254/' }, 'invalid_request'],
    ['another resource', { resource: 'https://mcp.example/mcp' }, 'invalid_target'],
    ['a resource that is none', { resource: 'mcp' }, 'invalid_target'],
    ['scopes of others only', { scope: 'openid admin:everything' }, 'invalid_scope'],
  ])('with %s are refused, to the client, with its state and with who answers', async (_what, changes, error) => {
    const { status, location } = await asked(query(changes))
    expect(status).toBe(303)
    expect(location?.origin + (location?.pathname ?? '')).toBe(callback)
    expect(location?.searchParams.get('error')).toBe(error)
    expect(location?.searchParams.get('state')).toBe('st')
    expect(location?.searchParams.get('iss')).toBe(world.url)
    expect(location?.searchParams.has('code')).toBe(false)
  })

  it.each(['client_id', 'redirect_uri', 'state', 'code_challenge', 'resource', 'scope'])(
    'with %s given twice are refused',
    async (name) => {
      const { status, location } = await asked(`${query()}&${name}=x&${name}=y`)
      expect([status, location]).toEqual([400, undefined])
    },
  )

  it.each([
    ['another site', 'https://evil.example/callback'],
    ['another path', 'http://127.0.0.1:53682/other'],
    ['a longer path', `${callback}/../../evil`],
    ['a query', `${callback}?x=1`],
    ['a fragment', `${callback}#x`],
    ['a user in front', 'http://127.0.0.1:53682@evil.example/callback'],
    ['another loopback name', 'http://localhost:53682/callback'],
    ['https instead of http', 'https://127.0.0.1:53682/callback'],
    ['upper case', 'http://127.0.0.1:53682/CALLBACK'],
    ['a trailing slash', `${callback}/`],
    ['an escaped letter', 'http://127.0.0.1:53682/callbac%6b'],
    ['a host that begins like it', 'http://127.0.0.1.evil.example:53682/callback'],
    ['a script', 'javascript:alert(1)'],
    ['a port that is none', 'http://127.0.0.1:99999/callback'],
    ['a backslash', 'http://127.0.0.1:53682\\@evil.example/callback'],
    ['nothing that can be read', 'callback'],
  ])('to a redirect address with %s lead nowhere', async (_what, redirect_uri) => {
    const { status, location, text } = await asked(query({ redirect_uri }))
    expect([status, location]).toEqual([400, undefined])
    expect(text).not.toContain('evil.example')
  })

  it('to a loopback address take any port', async () => {
    const { location } = await asked(query({ redirect_uri: 'http://127.0.0.1:1/callback', response_type: 'x' }))
    expect(location?.href.startsWith('http://127.0.0.1:1/callback?')).toBe(true)
  })

  it('of nobody lead nowhere', async () => {
    for (const client_id of ['nobody', '', "' or '1'='1", 'x'.repeat(5000), 'https://evil.example/client.json']) {
      const { status, location } = await asked(query({ client_id }))
      expect([status, location]).toEqual([400, undefined])
    }
  })

  it('do not send a stranger by themselves to a site that anybody may have registered', async () => {
    const phisher = await world.register({ redirect_uris: ['https://phisher.example/'], client_name: 'Microsoft' })
    const search = query({ client_id: phisher, redirect_uri: 'https://phisher.example/', response_type: 'x' })
    const stranger = await asked(search)
    expect([stranger.status, stranger.location]).toEqual([400, undefined])
    expect(stranger.text).toContain('Back to phisher.example')
    // A client that an administrator made is known.
    const known = await asked(
      query({ client_id: 'web@default', redirect_uri: 'https://app.example/callback', response_type: 'x' }),
    )
    expect(known.location?.origin).toBe('https://app.example')
  })

  it('say who answers, so that a client of two servers cannot be mixed up', async () => {
    const back = await world.authorize({ client })
    expect(back.searchParams.get('iss')).toBe(world.url)
    expect((await (await fetch(`${world.url}/.well-known/oauth-authorization-server`)).json()) as object).toMatchObject(
      {
        issuer: world.url,
        authorization_response_iss_parameter_supported: true,
      },
    )
  })
})

describe('access tokens', () => {
  it('are for one endpoint, and not for REST', async () => {
    const main = await world.tokens({ client })
    const sales = await world.tokens({ client, endpoint: 'sales' })
    expect(await listed(main.access)).toBe(200)
    expect(await listed(main.access, '/mcp/sales')).toBe(401)
    expect(await listed(sales.access, '/mcp/sales')).toBe(200)
    expect(await listed(sales.access)).toBe(401)
    for (const headers of [{ authorization: `Bearer ${main.access}` }, { 'x-api-key': main.access }]) {
      const rest = await fetch(`${world.url}/api/v2/salesdb/_table/customers`, { headers })
      expect(rest.status).toBe(401)
    }
    expect((await refresh(main.refresh, { resource: `${world.url}/mcp/sales` })).body.error).toBe('invalid_target')
  })

  it('are no other kind of token: sessions, refresh tokens, codes and keys are refused in their place', async () => {
    const { refresh: refreshToken } = await world.tokens({ client })
    const { code } = await freshCode()
    const session = await postJson(`${world.url}/api/v2/user/session`, {
      email: world.account.user,
      password: world.account.password,
    })
    expect(session.status).toBe(200)
    for (const token of [refreshToken, code, session.body.session_token, 'gha_'.padEnd(47, 'A')]) {
      expect(await listed(String(token))).toBe(401)
    }
    // An endpoint that takes no keys takes them in no place.
    expect(await listed(testKey('admin'))).toBe(200)
    expect(await listed(testKey('admin'), '/mcp/sales')).toBe(401)
  })

  it('do not travel in the address', async () => {
    const { access } = await world.tokens({ client })
    const answer = await rpc(`${world.url}/mcp?access_token=${access}`, undefined, 'tools/list')
    expect(answer.status).toBe(401)
  })

  it('do what their scopes say, of what the roles allow', async () => {
    const { access, scope } = await world.tokens({ client, scope: 'salesdb:read nonsense' })
    expect(scope).toBe('salesdb:read')
    const read = await callTool(`${world.url}/mcp`, access, 'salesdb_get_tables', {})
    expect(read.status).toBe(200)
    const writes = ['salesdb_create_records', 'salesdb_update_records', 'salesdb_delete_records'] as const
    const inputs = [{ records: [{ name: 'scoped' }] }, { ids: [1], records: [{ name: 'scoped' }] }, { ids: [1] }]
    for (const [i, tool] of writes.entries()) {
      const refused = await callTool(`${world.url}/mcp`, access, tool, { table_name: 'tags', ...inputs[i] })
      expect(refused.status, tool).toBe(403)
      expect(refused.headers.get('www-authenticate')).toBe(
        `Bearer realm="gatehouse", error="insufficient_scope", scope="salesdb:read salesdb:write", resource_metadata="${world.url}/.well-known/oauth-protected-resource/mcp"`,
      )
    }
    // A service without any scope does not exist.
    const apis = await callTool(`${world.url}/mcp`, access, 'list_apis', {})
    expect(JSON.stringify(apis.body)).toContain('salesdb')
    expect(JSON.stringify(apis.body)).not.toContain('system')
    expect(
      (await rpc(`${world.url}/mcp`, access, 'tools/list')).body.result.tools.map(
        (tool: { name: string }) => tool.name,
      ),
    ).not.toContain('system_get_table_data')
  })

  it('cannot be widened by a refresh', async () => {
    const { refresh: token } = await world.tokens({ client, scope: 'salesdb:read' })
    expect((await refresh(token, { scope: 'salesdb:read salesdb:write' })).body.error).toBe('invalid_scope')
    const narrowed = await refresh(token, { scope: 'salesdb:read' })
    expect(narrowed.body.scope).toBe('salesdb:read')
  })

  it('are told of in the audit as the client, on behalf of the user', async () => {
    const { access } = await world.tokens({ client })
    await callTool(`${world.url}/mcp`, access, 'salesdb_get_table_data', { table_name: 'tags', limit: 1 })
    await expect
      .poll(async () => {
        const filter = encodeURIComponent(`principal = 'client:${client}' and operation = 'get_table_data'`)
        const events = await world.gateway.api('admin').get(`/system/audit?filter=${filter}`)
        return events.body.resource[0]?.on_behalf_of
      })
      .toBe(`user:${world.account.user}`)
  })
})

describe('a new password', () => {
  it('ends what a person has allowed before', async () => {
    const admin = await administrator(world.gateway)
    const made = await admin.post('/api/v2/system/users', { name: 'bea', password: goodPassword, roles: ['admin'] })
    const browser = createBrowser(world.url)
    const { verifier, challenge } = pkce()
    const back = await agree(browser, `${at('authorize')}?${query({ code_challenge: challenge })}`, {
      user: 'bea',
      password: goodPassword,
    })
    const code = back.searchParams.get('code') ?? ''
    const fields = { grant_type: 'authorization_code', client_id: client, code, code_verifier: verifier }
    const { body } = await postForm(at('token'), fields)
    expect(await listed(body.access_token)).toBe(200)
    const changed = await admin.send('PATCH', `/api/v2/system/users/${made.body.id}`, { password: `${goodPassword} 2` })
    expect(changed.status, changed.text).toBe(200)
    expect(await listed(body.access_token)).toBe(401)
    expect((await refresh(body.refresh_token)).body.error).toBe('invalid_grant')
  })
})

describe('refresh tokens', () => {
  it('are good once; a second use ends all that was agreed to', async () => {
    const first = await world.tokens({ client })
    const second = await refresh(first.refresh)
    expect(second.status).toBe(200)
    expect(second.body.refresh_token).not.toBe(first.refresh)
    expect(await listed(second.body.access_token)).toBe(200)
    expect((await refresh(first.refresh)).body.error).toBe('invalid_grant')
    expect(await listed(second.body.access_token)).toBe(401)
    expect(await listed(first.access)).toBe(401)
    expect((await refresh(second.body.refresh_token)).body.error).toBe('invalid_grant')
  })

  it('are worth nothing to another client, and stay good for their own', async () => {
    const other = await world.register()
    const { refresh: token } = await world.tokens({ client })
    expect((await refresh(token, { client_id: other })).body.error).toBe('invalid_grant')
    expect((await refresh(token)).status).toBe(200)
  })

  it('are not access tokens, nor the other way round', async () => {
    const { access } = await world.tokens({ client })
    expect((await refresh(access)).body.error).toBe('invalid_grant')
  })
})

describe('revocation', () => {
  it('of an access token ends that one; of a refresh token, all', async () => {
    const first = await world.tokens({ client })
    expect((await postForm(at('revoke'), { token: first.access, client_id: client })).status).toBe(200)
    expect(await listed(first.access)).toBe(401)
    const second = await refresh(first.refresh)
    expect(await listed(second.body.access_token)).toBe(200)
    const hint = { token_type_hint: 'access_token' }
    expect(
      (await postForm(at('revoke'), { token: second.body.refresh_token, client_id: client, ...hint })).status,
    ).toBe(200)
    expect(await listed(second.body.access_token)).toBe(401)
  })

  it('by another client does nothing, and says nothing', async () => {
    const other = await world.register()
    const { access } = await world.tokens({ client })
    for (const token of [access, 'made up']) {
      expect((await postForm(at('revoke'), { token, client_id: other })).status).toBe(200)
    }
    expect(await listed(access)).toBe(200)
  })
})

describe('clients with a secret', () => {
  const credentials = (secret: string) => `Basic ${Buffer.from(`machine@default:${secret}`).toString('base64')}`

  it('act in their own name, with their own roles, at their own endpoint', async () => {
    const secret = world.secret('machine@default')
    const answer = await postForm(
      at('token'),
      { grant_type: 'client_credentials' },
      { authorization: credentials(secret) },
    )
    expect([answer.status, answer.body.refresh_token]).toEqual([200, undefined])
    const read = await callTool(`${world.url}/mcp`, answer.body.access_token, 'salesdb_get_table_data', {
      table_name: 'customers',
      fields: ['country'],
      limit: 50,
    })
    const [first] = read.body.result.content
    const countries = new Set(JSON.parse(first.text).resource.map(({ country }: { country: string }) => country))
    expect([...countries]).toEqual(['DE'])
    const elsewhere = { grant_type: 'client_credentials', resource: `${world.url}/mcp/sales` }
    expect((await postForm(at('token'), elsewhere, { authorization: credentials(secret) })).body.error).toBe(
      'unauthorized_client',
    )
    const post = { grant_type: 'client_credentials', client_id: 'machine@default', client_secret: secret }
    expect((await postForm(at('token'), post)).status).toBe(200)
  })

  it('are nobody without it, in the same words as one that does not exist', async () => {
    const bodies = []
    for (const authorization of [
      credentials('wrong'),
      credentials(''),
      `Basic ${Buffer.from('nobody:x').toString('base64')}`,
      'Basic !',
    ]) {
      const answer = await postForm(
        at('token'),
        { grant_type: 'client_credentials', ...(authorization === 'Basic !' && { client_id: 'machine@default' }) },
        { authorization },
      )
      expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /)
      bodies.push(answer.body)
    }
    for (const body of bodies) expect(body).toEqual(bodies[0])
  })

  it('cannot leave the secret out where people are asked', async () => {
    const back = await world.authorize({ client: 'web@default' })
    const fields = {
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: callback,
    }
    const refused = await postForm(at('token'), { ...fields, client_id: 'web@default', code_verifier: 'x'.repeat(43) })
    expect([refused.status, refused.body.error]).toEqual([401, 'invalid_client'])
  })

  it('are not made by registering: what registers itself has no rights of its own', async () => {
    const registered = await postJson(at('register'), {
      redirect_uris: [callback],
      grant_types: ['authorization_code', 'client_credentials'],
      roles: ['admin'],
      client_id: 'machine@default',
    })
    expect(registered.body.client_id).not.toBe('machine@default')
    expect(registered.body.grant_types).toEqual(['authorization_code'])
    const { client_id, client_secret } = registered.body
    const answer = await postForm(at('token'), { grant_type: 'client_credentials', client_id, client_secret })
    expect(answer.body.error).toBe('unauthorized_client')
    const without = await postForm(at('token'), { grant_type: 'refresh_token', refresh_token: 'x', client_id })
    expect(without.body.error).toBe('invalid_client')
  })
})

describe('registration', () => {
  it.each([
    [{}, 'invalid_redirect_uri'],
    [{ redirect_uris: [] }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['http://example.org/callback'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['https://example.org/callback#x'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['data:text/html,x'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['https://user@example.org/'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['https://*.example.org/'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: 'https://example.org/' }, 'invalid_client_metadata'],
    [{ redirect_uris: [7] }, 'invalid_client_metadata'],
    [{ redirect_uris: [callback], token_endpoint_auth_method: 'private_key_jwt' }, 'invalid_client_metadata'],
    [{ redirect_uris: [callback], response_types: ['token'] }, 'invalid_client_metadata'],
    [{ redirect_uris: [callback], grant_types: ['client_credentials'] }, 'invalid_client_metadata'],
    [{ redirect_uris: [callback], client_name: { a: 1 } }, 'invalid_client_metadata'],
    [[], 'invalid_client_metadata'],
  ])('of %j is refused', async (metadata, error) => {
    const { status, body } = await postJson(at('register'), metadata)
    expect([status, body.error]).toEqual([400, error])
  })

  it('gives each client an id of its own', async () => {
    expect(await world.register()).not.toBe(await world.register())
  })

  it('takes no body that is not JSON, too large, or broken', async () => {
    expect((await postJson(at('register'), '{')).status).toBe(400)
    expect((await postJson(at('register'), JSON.stringify({ client_name: 'x'.repeat(100_000) }))).status).toBe(413)
    expect((await postForm(at('register'), { redirect_uris: callback })).status).toBe(400)
  })
})

describe('pages', () => {
  const search = () => query()

  it('stand in no frame, run nothing, load nothing, and are kept nowhere', async () => {
    const browser = createBrowser(world.url)
    const login = await browser.open(`${at('authorize')}?${search()}`)
    const consent = await browser.submit(login, { username: world.account.user, password: world.account.password })
    expect(consent.text).toContain('value="allow"')
    for (const page of [login, consent, await browser.open(`${at('authorize')}?client_id=nobody`)]) {
      const policy = page.headers.get('content-security-policy') ?? ''
      expect(policy).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'/,
      )
      expect(page.headers.get('x-frame-options')).toBe('DENY')
      expect(page.headers.get('cache-control')).toBe('no-store')
      expect(page.headers.get('x-content-type-options')).toBe('nosniff')
      expect(page.headers.get('referrer-policy')).toBe('same-origin')
      expect(page.text).not.toMatch(/<script|javascript:|\son[a-z]+=/i)
    }
  })

  it('show what a client calls itself as text', async () => {
    const name = `<img src=x onerror=alert(1)>"'&\u202Egpj`
    const hostile = await world.register({ client_name: name })
    const browser = createBrowser(world.url)
    const login = await browser.open(
      `${at('authorize')}?${query({ client_id: hostile, state: '"><script>alert(1)</script>' })}`,
    )
    const consent = await browser.submit(login, { username: world.account.user, password: world.account.password })
    for (const { text } of [login, consent]) {
      expect(text).not.toContain('<img')
      expect(text).not.toContain('<script')
      expect(text).not.toContain('\u202E')
      expect(text).toContain('&#60;img src=x onerror=alert(1)&#62;')
    }
  })

  it('are signed in to and agreed to by their own forms only (CSRF)', async () => {
    const own = createBrowser(world.url)
    const url = `${at('authorize')}?${search()}`
    const login = await own.open(url)
    const { action, fields } = formOf(login)
    const account = { username: world.account.user, password: world.account.password }
    const send = (body: Record<string, string>, headers: Record<string, string>) =>
      fetch(action, { method: 'POST', body: new URLSearchParams(body), headers, redirect: 'manual' })
    const cookie = [...own.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const refusals = [
      send({ ...account }, { cookie }),
      send({ ...account, ...fields, csrf: 'x' }, { cookie }),
      send({ ...account, ...fields }, {}),
      send({ ...account, ...fields }, { cookie, origin: 'https://evil.example' }),
      send({ ...account, ...fields }, { cookie, origin: 'null' }),
      send({ ...account, ...fields }, { cookie, 'sec-fetch-site': 'cross-site' }),
    ]
    for (const { status, headers } of await Promise.all(refusals)) {
      expect(status).toBe(403)
      expect(headers.getSetCookie().some((set) => set.includes('gatehouse_person'))).toBe(false)
    }

    const consent = await own.submit(login, account)
    const form = formOf(consent)
    const signedIn = [...own.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    // The token of one request is no token for another, nor is that of another browser or of another page.
    const another = await own.open(`${at('authorize')}?${search()}`)
    const stranger = createBrowser(world.url)
    const strangers = await stranger.submit(await stranger.open(url), account)
    for (const csrf of ['', fields.csrf, formOf(another).fields.csrf, formOf(strangers).fields.csrf]) {
      const body = new URLSearchParams({ ...form.fields, csrf: csrf ?? '', decision: 'allow' })
      const forged = await fetch(form.action, {
        method: 'POST',
        body,
        headers: { cookie: signedIn },
        redirect: 'manual',
      })
      expect([forged.status, forged.headers.get('location')]).toEqual([403, null])
    }
    const crossSite = await fetch(form.action, {
      method: 'POST',
      body: new URLSearchParams({ ...form.fields, decision: 'allow' }),
      headers: { cookie: signedIn, origin: 'https://evil.example' },
      redirect: 'manual',
    })
    expect(crossSite.status).toBe(403)
    expect((await own.submit(consent, { decision: 'allow' })).url).toContain('code=')
  })

  it('give a browser another id when it signs in, so that a planted one is worth nothing (fixation)', async () => {
    const browser = createBrowser(world.url)
    const login = await browser.open(`${at('authorize')}?${search()}`)
    const planted = new Map(browser.cookies)
    await browser.submit(login, { username: world.account.user, password: world.account.password })
    expect(browser.cookies.get('gatehouse_browser')).not.toBe(planted.get('gatehouse_browser'))
    const thief = createBrowser(world.url)
    for (const [name, value] of planted) thief.cookies.set(name, value)
    expect((await thief.open(`${at('authorize')}?${search()}`)).text).toContain('name="password"')
    // Nor is the other half of it, without the first.
    thief.cookies.set('gatehouse_person', browser.cookies.get('gatehouse_person') ?? '')
    expect((await thief.open(`${at('authorize')}?${search()}`)).text).toContain('name="password"')
  })

  it('do not know a person any more whose password somebody has set, or who was switched off and on', async () => {
    const admin = await administrator(world.gateway)
    const made = await admin.post('/api/v2/system/users', { name: 'lost', password: goodPassword, roles: ['analyst'] })
    const user = `/api/v2/system/users/${made.body.id}`
    const browser = createBrowser(world.url)
    const url = `${at('authorize')}?${query()}`
    for (const closing of [[{ password: goodPassword }], [{ active: false }, { active: true }]]) {
      const login = await browser.open(url)
      const consent = await browser.submit(login, { username: 'lost', password: goodPassword })
      expect(consent.text).toContain('value="allow"')
      for (const change of closing) expect((await admin.send('PATCH', user, change)).status).toBe(200)
      expect((await browser.open(url)).text).toContain('name="password"')
      const allowed = await browser.submit(consent, { decision: 'allow' })
      expect(allowed.text).toContain('name="password"')
    }
  })

  it('do not skip the question for programs on a device, whose id anybody can use', async () => {
    const browser = world.browser()
    await world.authorize({ client, browser })
    expect((await browser.open(`${at('authorize')}?${search()}`)).text).toContain('value="allow"')
    // A site is who it says: after a yes, the same is not asked again, and more is.
    const redirectUri = 'https://app.example/callback'
    const site = { client: await world.register({ redirect_uris: [redirectUri] }), redirectUri, browser }
    await world.authorize({ ...site, scope: 'salesdb:read' })
    const again = (scope: string, more = {}) =>
      browser.open(
        `${at('authorize')}?${query({ client_id: site.client, redirect_uri: site.redirectUri, scope, ...more })}`,
      )
    expect((await again('salesdb:read')).url).toContain('https://app.example/callback?code=')
    expect((await again('salesdb:read salesdb:write')).text).toContain('value="allow"')
    expect((await again('salesdb:read', { prompt: 'consent' })).text).toContain('value="allow"')
  })

  it('tell the client when the person says no', async () => {
    const browser = createBrowser(world.url)
    const login = await browser.open(`${at('authorize')}?${search()}`)
    const consent = await browser.submit(login, { username: world.account.user, password: world.account.password })
    const back = new URL((await browser.submit(consent, { decision: 'deny' })).url)
    expect([back.searchParams.get('error'), back.searchParams.get('state')]).toEqual(['access_denied', 'st'])
  })

  it('say the same of a wrong name and of a wrong password', async () => {
    const texts = []
    for (const user of ['nobody-at-all', world.account.user]) {
      const browser = createBrowser(world.url)
      const login = await browser.open(`${at('authorize')}?${search()}`)
      const refused = await browser.submit(login, { username: user, password: 'wrong' })
      expect(refused.status).toBe(401)
      expect(refused.text).toContain('This name and password do not fit together')
      texts.push(refused.text.replace(/value="[^"]*"/g, '').replace(/action="[^"]*"/g, ''))
    }
    expect(texts[0]).toBe(texts[1])
  })
})

describe('what is written down', () => {
  it('are registrations, sign-ins, consents, tokens, refreshes and revocations, also refused ones', async () => {
    const own = await world.register()
    const browser = world.browser()
    const { refresh: token } = await world.tokens({ client: own, browser })
    await refresh(token, { client_id: own })
    await refresh(token, { client_id: own })
    const { access } = await world.tokens({ client: own, browser })
    await postForm(at('revoke'), { token: access, client_id: own })
    const events = async () => {
      const filter = encodeURIComponent(`client = '${own}' and operation starts with 'oauth.'`)
      const found = await world.gateway.api('admin').get(`/system/audit?filter=${filter}&order=id`)
      return found.body.resource.map(
        (event: { operation: string; decision: string }) => `${event.operation} ${event.decision}`,
      )
    }
    await expect
      .poll(events)
      .toEqual([
        'oauth.register allowed',
        'oauth.sign_in allowed',
        'oauth.consent allowed',
        'oauth.token allowed',
        'oauth.refresh allowed',
        'oauth.refresh refused',
        'oauth.consent allowed',
        'oauth.token allowed',
        'oauth.revoke allowed',
      ])
    // No text of a code, token or secret is in any event, nor in the store.
    const all = await world.gateway.api('admin').get('/system/audit?limit=1000&order=id%20desc')
    expect(all.text).not.toMatch(/gh[acrs]_[\w-]{20}/)
  })

  it('and the store has none of their texts', async () => {
    const { access, refresh: token } = await world.tokens({ client })
    const files = ['gatehouse.db', 'gatehouse.db-wal'].map((name) => readFileSync(join(world.gateway.folder, name)))
    const everything = Buffer.concat(files)
    for (const secret of [access, token, world.secret('machine@default')])
      expect(everything.includes(secret)).toBe(false)
    expect(everything.includes(createHash('sha256').update(access).digest('hex'))).toBe(true)
  })
})

describe('guessing a password', () => {
  it('is slowed down at the page as everywhere', async () => {
    const browser = createBrowser(world.url)
    const statuses = []
    for (let i = 0; i < 8; i++) {
      const login = await browser.open(`${at('authorize')}?${query()}`)
      const refused = await browser.submit(login, { username: 'somebody-else', password: `guess ${i}` })
      statuses.push(refused.status)
      if (refused.status === 429) expect(refused.text).toContain('Too many attempts')
    }
    expect(statuses.slice(0, 3)).toEqual([401, 401, 401])
    expect(statuses.at(-1)).toBe(429)
  })
})

describe('the Host header', () => {
  const get = (path: string, host: string, more: Record<string, string> = {}) =>
    new Promise<{ status: number; text: string; location: string }>((resolve, reject) => {
      const { port } = new URL(world.url)
      const sent = request({ host: '127.0.0.1', port, path, headers: { host, ...more } }, (answer) => {
        let text = ''
        answer.on('data', (chunk) => {
          text += String(chunk)
        })
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text, location: answer.headers.location ?? '' }),
        )
      })
      sent.on('error', reject)
      sent.end()
    })

  it('of another name is refused', async () => {
    for (const path of [
      '/.well-known/oauth-authorization-server',
      `/mcp/default/authorize?${query()}`,
      '/mcp/default/login',
    ]) {
      expect((await get(path, 'evil.example')).status).toBe(403)
    }
  })

  it('and what proxies add to it stand in no document and no address', async () => {
    const forwarded = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
    }
    const document = await get('/.well-known/oauth-authorization-server', '127.0.0.1:1', forwarded)
    expect(JSON.parse(document.text).issuer).toBe(world.url)
    expect(document.text).not.toContain('evil')
    const page = await get(`/mcp/default/authorize?${query()}`, '127.0.0.1:1', forwarded)
    expect(page.location.startsWith(`${world.url}/mcp/default/login?`)).toBe(true)
  })
})

describe('an endpoint made for one client', () => {
  it('is the only one that the client may ask for', async () => {
    const { location } = await asked(query({ client_id: 'web@default', resource: `${world.url}/mcp/sales` }))
    expect(location?.searchParams.get('error')).toBe('unauthorized_client')
    expect(
      await agree(world.browser(), `${at('authorize')}?${query({ client_id: 'web@default' })}`, world.account),
    ).toBeTruthy()
  })
})
