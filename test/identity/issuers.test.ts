import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sqlite } from '../backends/sqlite.js'
import type { RunningGateway } from '../harness/running-gateway.js'
import { there } from '../harness/there.js'
import { caller } from './person.js'
import { openPlace, type Place } from './places.js'

/** An issuer of its own: discovery and keys over HTTP. What is signed is signed with real keys. */
interface Issuer {
  readonly url: string
  readonly server: Server
  keys: object[]
  asked: number
}

async function startIssuer(): Promise<Issuer> {
  const issuer: { -readonly [K in keyof Issuer]: Issuer[K] } = { url: '', server: createServer(), keys: [], asked: 0 }
  issuer.server.on('request', (request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.url === '/.well-known/openid-configuration') {
      response.end(JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys` }))
    } else if (request.url === '/keys') {
      issuer.asked++
      response.end(JSON.stringify({ keys: issuer.keys }))
    } else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => issuer.server.listen(0, '127.0.0.1', resolve))
  issuer.url = `http://127.0.0.1:${(issuer.server.address() as AddressInfo).port}`
  return issuer
}

const notes = '/api/v2/shop/_table/notes'
const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
const [good, stranger] = [rsa(), rsa()]
const jwk = async (key: KeyObject, kid: string, alg = 'RS256') => ({ ...(await exportJWK(key)), kid, alg, use: 'sig' })

let issuer: Issuer
let place: Place
let gateway: RunningGateway
beforeAll(async () => {
  issuer = await startIssuer()
  issuer.keys = [await jwk(good.publicKey, 'one')]
  place = there(await openPlace(sqlite))
  gateway = await place.start({
    sign_in: {
      issuers: {
        corp: {
          issuer: issuer.url,
          audience: 'gatehouse',
          roles_claim: 'realm_access.roles',
          roles: { staff: 'reader' },
          attributes: { team: 'address.team' },
          clock_skew: '30s',
        },
      },
    },
  })
})
afterAll(async () => {
  await place.close()
  await new Promise((resolve) => issuer.server.close(resolve))
})

const claims: JWTPayload = {
  preferred_username: 'ann',
  realm_access: { roles: ['staff', 'administrator', 'constructor'] },
  address: { team: 'b' },
}

interface Made {
  readonly header?: Record<string, unknown>
  readonly payload?: JWTPayload
  readonly key?: KeyObject | Uint8Array
  readonly expires?: number | undefined
  readonly notBefore?: number
}
const now = () => Math.floor(Date.now() / 1000)

function token({ header = {}, payload = {}, key = good.privateKey, expires = now() + 600, notBefore }: Made = {}) {
  const all = { iss: issuer.url, aud: 'gatehouse', sub: 'u1', ...claims, ...payload }
  const made = new SignJWT(all).setProtectedHeader({ alg: 'RS256', kid: 'one', ...header }).setIssuedAt()
  if (expires !== Number.POSITIVE_INFINITY) made.setExpirationTime(expires)
  if (notBefore !== undefined) made.setNotBefore(notBefore)
  return made.sign(key)
}

const call = (bearer: string) => caller(gateway.url, { authorization: `Bearer ${bearer}` }).get(notes)

describe('a token of an outside issuer', () => {
  it('is its user, with roles and attributes by its claims', async () => {
    const bearer = await token()
    const seen = await call(bearer)
    expect(seen.status, seen.text).toBe(200)
    expect(seen.body.resource.map(({ id }: { id: number }) => id)).toEqual([2, 3])
    const last = "/system/audit?filter=service%3D'shop'&order=id%20desc&limit=1"
    const callers = async () => (await gateway.api('admin').get(last)).body.resource[0]?.principal
    await expect.poll(callers, { timeout: 10_000 }).toBe('issuer.corp:u1')
    // Only what the configuration maps: the issuer cannot name roles of ours.
    expect((await caller(gateway.url, { authorization: `Bearer ${bearer}` }).get('/api/v2/system/users')).status).toBe(
      404,
    )
    const none = await call(await token({ payload: { realm_access: { roles: [] } } }))
    expect(none.status).toBe(404)
  })

  it('is good within the clock skew, and not beyond', async () => {
    expect((await call(await token({ expires: now() - 10 }))).status).toBe(200)
    expect((await call(await token({ expires: now() - 60 }))).status).toBe(401)
    expect((await call(await token({ notBefore: now() + 10 }))).status).toBe(200)
    expect((await call(await token({ notBefore: now() + 60 }))).status).toBe(401)
  })

  it('is refused for all that is wrong with it, in the same words', async () => {
    const pem = good.publicKey.export({ type: 'spki', format: 'pem' })
    const publicJwk = await exportJWK(stranger.publicKey)
    const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const body = { iss: issuer.url, aud: 'gatehouse', sub: 'u1', exp: now() + 600, ...claims }
    const [head = '', payload = '', signature = ''] = (await token()).split('.')
    const wrong: Record<string, string> = {
      'another key': await token({ key: stranger.privateKey }),
      'alg none': `${b64({ alg: 'none', kid: 'one' })}.${b64(body)}.`,
      'alg none with a signature': `${b64({ alg: 'none', kid: 'one' })}.${b64(body)}.${signature}`,
      'the public key as a shared secret': await token({ header: { alg: 'HS256' }, key: Buffer.from(pem) }),
      'an algorithm that is not pinned': await token({ header: { alg: 'PS256' } }),
      'another issuer': await token({ payload: { iss: 'https://evil.example' } }),
      'the issuer with a slash': await token({ payload: { iss: `${issuer.url}/` } }),
      'several issuers': await token({ payload: { iss: [issuer.url] as unknown as string } }),
      'another audience': await token({ payload: { aud: 'someone-else' } }),
      'no audience': await token({ payload: { aud: [] } }),
      'no expiry': await token({ expires: Number.POSITIVE_INFINITY }),
      'no subject': await token({ payload: { sub: '' } }),
      'a key that is not published': await token({ header: { kid: 'two' }, key: stranger.privateKey }),
      'a path as a key': await token({ header: { kid: '../../../dev/null' }, key: stranger.privateKey }),
      'SQL as a key': await token({ header: { kid: "' UNION SELECT 'x" }, key: stranger.privateKey }),
      'a key of its own in the header': await token({ header: { jwk: publicJwk }, key: stranger.privateKey }),
      'a key from elsewhere': await token({ header: { jku: 'http://127.0.0.1:1/keys' }, key: stranger.privateKey }),
      'an extension that must be understood': `${b64({ alg: 'RS256', kid: 'one', crit: ['x'], x: 1 })}.${payload}.${signature}`,
      'another payload': `${head}.${b64({ ...body, sub: 'root' })}.${signature}`,
      'no signature': `${head}.${payload}.`,
      'half a token': `${head}.${payload}`,
    }
    const said = new Set<string>()
    for (const [what, bearer] of Object.entries(wrong)) {
      const reply = await call(bearer)
      expect(reply.status, `${what}: ${reply.text}`).toBe(401)
      said.add(reply.body.error.message)
    }
    expect([...said]).toEqual(['These credentials are not valid'])
  })

  it('is no session of MCP, and no way into another tenant', async () => {
    const bearer = await token()
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }
    expect((await caller(gateway.url, { authorization: `Bearer ${bearer}` }).post('/mcp', list)).status).toBe(401)
    expect((await caller(gateway.url, { authorization: `Bearer ${bearer}` }).get('/t/acme/api/v2')).status).toBe(401)
  })

  it('may be signed with a key that was published later; keys are not asked for on each call', async () => {
    const fresh = rsa()
    const before = issuer.asked
    for (let i = 0; i < 5; i++) expect((await call(await token({ payload: { nonce: i } }))).status).toBe(200)
    expect(issuer.asked).toBe(before)
    issuer.keys = [...issuer.keys, await jwk(fresh.publicKey, 'fresh')]
    const bearer = await token({ header: { kid: 'fresh' }, key: fresh.privateKey })
    // Not at once: whoever sends made-up keys must not make us ask the issuer again and again.
    await expect.poll(async () => (await call(bearer)).status, { timeout: 45_000, interval: 1_000 }).toBe(200)
  })
})
