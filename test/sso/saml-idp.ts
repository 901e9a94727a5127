import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Request } from 'express'
import samlp from 'samlp'
import { type MessageKey, persistent } from './saml-answers.js'
import type { WebBrowser, WebPage } from './web-browser.js'

interface SamlPerson {
  readonly nameId: string
  readonly nameIdFormat?: string
  readonly attributes: Readonly<Record<string, string | readonly string[]>>
}

/** A real identity provider of SAML, made of `samlp`, with sessions and a login page that takes any password. */
export interface SamlIdentityProvider {
  readonly entityId: string
  readonly metadataUrl: string
  readonly people: Map<string, SamlPerson>
  /** Registers us by our own metadata. `signedOut`: where people land who signed out. */
  register(metadata: string, signedOut: string): void
  close(): Promise<void>
}

/** `host`: sites are told apart by their names, so that each provider has one of its own: 127.0.0.1, 127.0.0.2. */
export async function startSamlIdp(host: string, { key, certificate }: MessageKey): Promise<SamlIdentityProvider> {
  const people = new Map<string, SamlPerson>()
  const sessions = new Map<string, { readonly subject: string; readonly index: string }>()
  const app = express()
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, host, () => resolve(listening))
  })
  const origin = `http://${host}:${(server.address() as AddressInfo).port}`
  const entityId = `${origin}/entity`
  const sessionOf = ({ headers }: Request) => sessions.get(/idp=([^;]+)/.exec(headers.cookie ?? '')?.[1] ?? '')

  app.use(express.urlencoded({ extended: false }))
  app.get(
    '/metadata',
    samlp.metadata({
      issuer: entityId,
      cert: certificate,
      redirectEndpointPath: '/sign-in',
      postEndpointPath: '/sign-in',
      logoutEndpointPaths: { redirect: '/sign-out' },
    }),
  )
  app.post('/login', (request, response) => {
    const { login, next } = request.body as Record<string, string>
    if (login === undefined || next === undefined || !people.has(login)) return response.status(403).send('No')
    const id = randomUUID()
    sessions.set(id, { subject: login, index: `_${randomUUID()}` })
    return response.setHeader('set-cookie', `idp=${id}; Path=/; HttpOnly; SameSite=Lax`).redirect(303, next)
  })

  return {
    entityId,
    metadataUrl: `${origin}/metadata`,
    people,
    register(metadata, signedOut) {
      const us = read(metadata)
      const common = { issuer: entityId, key, cert: certificate, ...(us.signing && { signingCert: us.signing }) }
      app.get('/sign-in', (request, response, next) => {
        const session = sessionOf(request)
        const person = session && people.get(session.subject)
        if (!person) return response.send(loginPage(request.originalUrl))
        const mapper = () => ({
          metadata: [],
          getClaims: () => person.attributes,
          getNameIdentifier: () => ({
            nameIdentifier: person.nameId,
            nameIdentifierFormat: person.nameIdFormat ?? persistent,
          }),
        })
        const options = {
          ...common,
          recipient: us.callback,
          destination: us.callback,
          sessionIndex: session.index,
          // Its types know classes only; it calls functions.
          profileMapper: mapper as unknown as samlp.ProfileMapperConstructor,
          getUserFromRequest: () => person,
          // To the address that was registered, whatever the request says.
          getPostURL: (
            audience: string,
            _request: unknown,
            _from: Request,
            done: (error: Error | null, url: string) => void,
          ) => (audience === us.entityId ? done(null, us.callback) : done(new Error('Who are you?'), '')),
          ...(us.encryption !== undefined && { encryptionCert: us.encryption, encryptionPublicKey: us.encryption }),
        }
        return samlp.auth(options)(request, response, next)
      })
      const ending = {
        ...common,
        deflate: true,
        protocolBinding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
        destination: signedOut,
        store: logoutStates(),
        sessionParticipants: participants(sessions, us.entityId, us.signing),
        getPostURL: () => undefined,
      }
      app.get('/sign-out', samlp.logout(ending))
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What an identity provider takes from our metadata. */
function read(metadata: string) {
  const attribute = (of: RegExp) => of.exec(metadata)?.[1] ?? ''
  const certificate = (use: string) => {
    const key = new RegExp(`<KeyDescriptor use="${use}">.*?X509Certificate>([^<]+)<`, 's').exec(metadata)?.[1]
    return key && `-----BEGIN CERTIFICATE-----\n${key.trim()}\n-----END CERTIFICATE-----\n`
  }
  return {
    entityId: attribute(/entityID="([^"]+)"/),
    callback: attribute(/<AssertionConsumerService[^>]* Location="([^"]+)"/),
    signing: certificate('signing'),
    encryption: certificate('encryption'),
  }
}

function loginPage(next: string): string {
  const value = next.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  return `<form method="post" action="/login"><input type="hidden" name="next" value="${value}">
    <input name="login"><input type="password" name="password"><button>Sign in</button></form>`
}

/** The sessions of the provider, as those that are told of a sign-out: we are the only one. */
function participants(
  sessions: Map<string, { readonly subject: string; readonly index: string }>,
  entityId: string,
  cert: string | undefined,
) {
  type Done = (error: Error | null, found?: object) => void
  return {
    get(issuer: string, indexes: readonly string[], _nameId: string, done: Done) {
      const found = [...sessions.values()].find(({ index }) => indexes.includes(index))
      if (!found || issuer !== entityId) return done(null)
      return done(null, { serviceProviderId: issuer, sessionIndex: found.index, cert })
    },
    remove(_issuer: string, index: string, _nameId: string, done: Done) {
      for (const [id, session] of sessions) if (session.index === index) sessions.delete(id)
      done(null)
    },
    hasElements: () => false,
    getFirst: (done: Done) => done(null),
  }
}

/** Sign-outs on their way. */
function logoutStates() {
  type Done = (error: Error | null, state?: unknown) => void
  const states = new Map<string, unknown>()
  return {
    save(_request: Request, state: unknown, done: Done) {
      const id = randomUUID()
      states.set(id, state)
      done(null, id)
    },
    load: (_request: Request, id: string, _options: unknown, done: Done) => done(null, states.get(id)),
  }
}

/** From the provider's login page to wherever its answer sends the browser, whose script would post it by itself. */
export async function signInBySaml(browser: WebBrowser, first: WebPage, subject: string): Promise<WebPage> {
  let page = first
  if (page.text.includes('name="login"')) page = await browser.submit(page, { login: subject, password: 'any' })
  if (page.text.includes('name="SAMLResponse"')) page = await browser.submit(page)
  return page
}
