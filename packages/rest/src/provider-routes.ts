import type { HttpMethod } from '@gatehouse/core'
import type { AccountRoute } from './account-routes.js'
import { providersAnswer, sessionAnswer, textAnswer } from './account-words.js'

/** `GET /user/providers`: what a page that asks people to sign in can offer. */
export const listProviders: AccountRoute = {
  operation: 'list_providers',
  words: {
    summary: 'Ways to sign in',
    description: 'The providers that people can sign in with, beside a name and a password.',
    open: true,
    answer: providersAnswer,
  },
  run: async ({ accounts }) => ({ value: { resource: [...accounts.providers.list()] } }),
}

/** `GET /user/session?provider=NAME`: off to an outside provider. */
export function beginAt(provider: string): AccountRoute {
  return {
    operation: 'begin_sign_in',
    input: { provider: provider.slice(0, 100) },
    async run({ accounts, query, from, cookie }) {
      const asked = new URLSearchParams(query)
      const returnTo = asked.get('return_to')
      const challenge = asked.get('code_challenge')
      const { url, setCookie } = await accounts.providers.begin(provider, {
        from,
        cookie,
        ...(returnTo !== null && { returnTo }),
        ...(challenge !== null && { challenge }),
      })
      return { value: {}, location: url, ...(setCookie !== undefined && { setCookie }) }
    },
  }
}

/** What is below `/user/session/NAME`: where a provider answers, and what it may want to know of us. */
export function providerRoutes(
  segments: readonly string[],
): Readonly<Partial<Record<HttpMethod, AccountRoute>>> | undefined {
  const [user, session, provider, what, more] = segments
  if (user !== 'user' || session !== 'session' || provider === undefined || more !== undefined) return undefined
  if (what === 'callback') return { GET: finishAt(provider), POST: holdFrom(provider) }
  if (what === 'metadata') return { GET: metadataFor(provider) }
  return undefined
}

/** A provider has its answer posted by a page of its own: that is no page that calls. */
export function isProviderAnswer(url: string): boolean {
  return /^\/api\/v2\/user\/session\/[^/?]+\/callback(\?|$)/.test(url)
}

const finishAt = (provider: string): AccountRoute => ({
  operation: 'sign_in',
  words: {
    summary: 'Where a provider sends the browser back',
    description: 'Ends a sign-in that began with `GET /user/session?provider=`, in the same browser.',
    open: true,
    answer: sessionAnswer,
    redirect: 'To where the sign-in was to lead.',
  },
  input: { provider: provider.slice(0, 100) },
  async run({ accounts, query, cookie, from }) {
    const outcome = await accounts.providers.finish(provider, query, { cookie, from })
    switch (outcome.kind) {
      case 'session':
        return { value: outcome.opened.answer, token: outcome.opened.token }
      case 'redirect':
        return { value: {}, location: outcome.url }
      case 'elsewhere':
        return { value: {}, elsewhere: outcome.flow }
      default:
        return outcome satisfies never
    }
  },
})

const holdFrom = (provider: string): AccountRoute => ({
  operation: 'take_answer',
  input: { provider: provider.slice(0, 100) },
  form: true,
  async run({ accounts, body, from }) {
    const form = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String(value)]))
    return { value: {}, location: await accounts.providers.hold(provider, form, from) }
  },
})

const metadataFor = (provider: string): AccountRoute => ({
  operation: 'get_provider_metadata',
  words: {
    summary: 'What a provider wants to know of us',
    description: 'The metadata of this service provider (SAML 2.0).',
    open: true,
    answer: textAnswer,
    text: 'application/samlmetadata+xml',
  },
  input: { provider: provider.slice(0, 100) },
  run: async ({ accounts }) => ({ value: {}, text: accounts.providers.metadata(provider) }),
})
