import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { sqlite } from '../backends/sqlite.js'
import type { RunningGateway } from '../harness/running-gateway.js'
import { there } from '../harness/there.js'
import { caller } from '../identity/person.js'
import { openPlace, type Place } from '../identity/places.js'
import { type RogueIssuer, signed, startRogueIssuer } from './rogue-issuer.js'
import { createWebBrowser, type WebPage } from './web-browser.js'

/** The group that has a role here, and as many others as make a token too long. */
const staff = '6f5c1b6e-0000-4000-8000-000000000001'
const many = Array.from({ length: 250 }, (_, i) => `6f5c1b6e-0000-4000-9000-${String(i).padStart(12, '0')}`)

let issuer: RogueIssuer
let graph: Server
let thief: Server
let graphUrl: string
let thiefUrl: string
let asked: IncomingMessage[] = []
let stolen: string[] = []
let pages: { readonly status?: number; readonly body: unknown }[] = []
let place: Place
let gateway: RunningGateway

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const listening = (server: Server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

beforeAll(async () => {
  issuer = await startRogueIssuer()
  // An issuer of this kind does not send `iss` back.
  issuer.metadata = { authorization_response_iss_parameter_supported: undefined }
  graph = createServer((request, response) => {
    const page = pages[asked.length]
    asked.push(request)
    response
      .writeHead(page?.status ?? 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(page?.body ?? {}))
  })
  thief = createServer((request, response) => {
    stolen.push(request.headers.authorization ?? '')
    response.end('{"value":[]}')
  })
  await listening(graph)
  await listening(thief)
  graphUrl = urlOf(graph)
  thiefUrl = urlOf(thief)
  place = there(await openPlace(sqlite))
  gateway = await place.start({
    sign_in: {
      providers: {
        entra: {
          type: 'oidc',
          issuer: issuer.issuer,
          client_id: 'gatehouse',
          client_secret: 'a secret of the tests',
          client_auth: 'client_secret_post',
          allow_http: true,
          graph_url: `${graphUrl}/v1.0`,
          roles: { [staff]: 'reader' },
        },
      },
    },
  })
})
afterAll(async () => {
  await place.close()
  await issuer.close()
  for (const server of [graph, thief]) await new Promise((resolve) => server.close(resolve))
})
beforeEach(() => {
  asked = []
  stolen = []
  pages = []
})

async function signIn(claims: Readonly<Record<string, unknown>>): Promise<WebPage> {
  const browser = createWebBrowser()
  browser.stopAt = ({ origin }) => origin === issuer.issuer
  const to = new URL((await browser.open(`${gateway.url}/api/v2/user/session?provider=entra`)).url)
  const nonce = to.searchParams.get('nonce')
  issuer.idToken = (request) =>
    signed(issuer, { ...claims, ...(request.get('grant_type') === 'authorization_code' && { nonce }) })
  const query = new URLSearchParams({ code: 'a code', state: to.searchParams.get('state') ?? '' })
  return browser.open(`${gateway.url}/api/v2/user/session/entra/callback?${query}`)
}

/** As Entra ID writes it where a person is in more than 200 groups. */
const overage = () => ({
  sub: 'e1',
  preferred_username: 'erin@contoso.example',
  _claim_names: { groups: 'src1' },
  _claim_sources: { src1: { endpoint: `${thiefUrl}/users/e1/getMemberObjects` } },
})
const groupsAs = (ids: readonly string[]) => ids.map((id) => ({ '@odata.type': '#microsoft.graph.group', id }))
const rolesOf = (page: WebPage) => JSON.parse(page.text).roles

it('groups that are in the token are taken from there', async () => {
  expect(rolesOf(await signIn({ sub: 'e0', groups: [staff] }))).toEqual(['reader'])
  expect(asked).toHaveLength(0)
})

it('groups that were left out of the token are asked for, page by page', async () => {
  pages = [
    { body: { value: groupsAs(many), '@odata.nextLink': `${graphUrl}/v1.0/me/transitiveMemberOf?$skiptoken=two` } },
    { body: { value: [{ '@odata.type': '#microsoft.graph.directoryRole', id: 'x' }, ...groupsAs([staff])] } },
  ]
  const page = await signIn(overage())
  expect(page.status, page.text).toBe(200)
  expect(rolesOf(page)).toEqual(['reader'])
  expect(asked.map(({ url }) => url)).toEqual([
    '/v1.0/me/transitiveMemberOf?$select=id&$top=999',
    '/v1.0/me/transitiveMemberOf?$skiptoken=two',
  ])
  expect(asked.map(({ headers }) => headers.authorization)).toEqual(Array(2).fill('Bearer an access token'))
  // The place that the token names is never asked.
  expect(stolen).toEqual([])

  // They are asked for at a renewal too.
  asked = []
  pages = [{ body: { value: groupsAs(many) } }]
  const { session_token } = JSON.parse(page.text)
  const renewed = await caller(gateway.url, { authorization: `Bearer ${session_token}` }).send(
    'PUT',
    '/api/v2/user/session',
  )
  expect(renewed.body.roles).toEqual([])
  expect(asked).toHaveLength(1)
})

it('so are those of which a token only says that there are some', async () => {
  pages = [{ body: { value: groupsAs([staff]) } }]
  expect(rolesOf(await signIn({ sub: 'e2', hasgroups: true }))).toEqual(['reader'])
})

it('a directory role is no group, whatever its id', async () => {
  pages = [{ body: { value: [{ '@odata.type': '#microsoft.graph.directoryRole', id: staff }] } }]
  expect(rolesOf(await signIn({ sub: 'e3', hasgroups: true }))).toEqual([])
})

it('the access token goes nowhere else', async () => {
  pages = [{ body: { value: groupsAs([staff]), '@odata.nextLink': `${thiefUrl}/v1.0/next` } }]
  expect((await signIn(overage())).status).toBe(503)
  expect(stolen).toEqual([])
})

it('who cannot be asked for is not let in with less', async () => {
  for (const page of [
    { status: 403, body: { error: {} } },
    { status: 200, body: 'nonsense' },
  ]) {
    asked = []
    pages = [page]
    expect((await signIn(overage())).status).toBe(503)
  }
})

it('a page that is too large is not read', async () => {
  const [group] = groupsAs([staff])
  pages = [{ body: { value: [{ ...group, more: 'x'.repeat(3_000_000) }] } }]
  expect((await signIn(overage())).status).toBe(503)
})

it('pages that never end do', async () => {
  const body = { value: [], '@odata.nextLink': `${graphUrl}/v1.0/again` }
  pages = Array.from({ length: 100 }, () => ({ body }))
  expect((await signIn(overage())).status).toBe(503)
  expect(asked.length).toBeLessThanOrEqual(50)
})
