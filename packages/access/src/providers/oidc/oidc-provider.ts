import { isJsonObject, type JsonObject, type JsonValue } from '@gatehouse/core'
import * as client from 'openid-client'
import { type Claims, claimAt } from '../../claims.js'
import type { ProviderContext, RedirectProvider, VouchedAtProvider } from '../provider.js'
import { createDiscovery, failureOf, refused, renewalFailure } from './discover.js'
import { groupsOf, leftOut } from './groups.js'
import type { OidcSettings } from './settings.js'

type Tokens = Awaited<ReturnType<typeof client.refreshTokenGrant>>

/** Nothing is asked of the provider yet. */
export function createOidcProvider(
  settings: OidcSettings,
  { callback, wanted, now }: ProviderContext,
): RedirectProvider {
  const discovered = createDiscovery(settings, now)
  const required = Object.keys(settings.requiredClaims)

  /** All that was said of the person, with the ID token above the rest. */
  async function claimsOf(found: client.Configuration, tokens: Tokens, subject?: string): Promise<Claims> {
    const said: Claims = { ...(tokens.claims() as Claims | undefined) }
    const asks = settings.userinfo || tokens.id_token === undefined
    // Whom that is about is looked at here: the library's word for another person is one of many that mean an outage.
    const more: Claims = asks
      ? ((await client.fetchUserInfo(found, tokens.access_token, client.skipSubjectCheck)) as Claims)
      : {}
    const claims = { ...more, ...said }
    const { sub = subject } = said
    if (typeof sub !== 'string' || (asks && more.sub !== sub) || (subject !== undefined && sub !== subject)) {
      throw refused(new Error('It vouches for somebody else'))
    }
    if (settings.graphUrl === undefined || !leftOut(claims, wanted)) return claims
    return { ...claims, groups: [...(await groupsOf(settings.graphUrl, tokens.access_token))] }
  }

  function vouchedBy(claims: Claims, tokens: Tokens): VouchedAtProvider {
    requireClaims(claims, settings)
    const { email, name } = claims
    const sub = String(claims.sub)
    const { refresh_token: renewal, id_token: signOutHint } = tokens
    return {
      subject: sub,
      name: nameOf(claims, settings.nameClaim),
      ...(typeof email === 'string' && { email }),
      ...(typeof name === 'string' && { label: name }),
      claims,
      ...(renewal !== undefined && { renewal: JSON.stringify({ sub, token: renewal }) }),
      ...(signOutHint !== undefined && { signOutHint }),
    }
  }

  return {
    kind: 'oidc',
    issuer: settings.issuer,
    required,
    async begin(state) {
      try {
        const found = await discovered()
        const verifier = client.randomPKCECodeVerifier()
        const nonce = client.randomNonce()
        const url = client.buildAuthorizationUrl(found, {
          ...settings.parameters,
          redirect_uri: callback.href,
          scope: settings.scopes.join(' '),
          state,
          nonce,
          code_challenge: await client.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        })
        return { url, kept: { state, nonce, verifier } }
      } catch (thrown) {
        throw failureOf(thrown)
      }
    },
    async finish({ url }, kept) {
      try {
        const found = await discovered()
        const tokens = await client.authorizationCodeGrant(found, url, {
          expectedState: textOf(kept, 'state'),
          expectedNonce: textOf(kept, 'nonce'),
          pkceCodeVerifier: textOf(kept, 'verifier'),
          idTokenExpected: true,
        })
        return vouchedBy(await claimsOf(found, tokens), tokens)
      } catch (thrown) {
        throw failureOf(thrown)
      }
    },
    async current(renewal, before) {
      const held = JSON.parse(renewal) as JsonObject
      try {
        const found = await discovered()
        const tokens = await client.refreshTokenGrant(found, textOf(held, 'token'))
        const now = await claimsOf(found, tokens, textOf(held, 'sub'))
        if (tokens.id_token !== undefined) return vouchedBy(now, tokens)
        // Without an ID token there is no telling whether what is not said is no longer so.
        const unsaid = [...wanted, ...required].filter(
          (path) => before[path] !== undefined && claimAt(now, path) === undefined,
        )
        const vouched = vouchedBy({ ...now, ...Object.fromEntries(unsaid.map((path) => [path, before[path]])) }, tokens)
        return unsaid.length === 0 ? vouched : { ...vouched, partly: true }
      } catch (thrown) {
        const failure = renewalFailure(thrown)
        if (failure) throw failure
        return undefined
      }
    },
    async signOut(back, hint) {
      if (!settings.signOut) return undefined
      const found = await discovered()
      if (found.serverMetadata().end_session_endpoint === undefined) return undefined
      return client.buildEndSessionUrl(found, {
        post_logout_redirect_uri: back.href,
        ...(hint !== undefined && { id_token_hint: hint }),
      })
    },
  }
}

/** Throws `unauthenticated` for who is known there, and not meant here: another organisation of the same provider. */
function requireClaims(claims: Claims, { requiredClaims }: OidcSettings): void {
  for (const [name, accepted] of Object.entries(requiredClaims)) {
    const value = claimAt(claims, name)
    const held: readonly (JsonValue | undefined)[] = Array.isArray(value) ? value : [value]
    if (held.some((one) => one !== undefined && accepted.includes(one))) continue
    throw refused(new Error(`The claim ${name} is another one, or is missing`))
  }
}

function nameOf(claims: Claims, nameClaim: string): string {
  const given = [claimAt(claims, nameClaim), claims.email, claims.sub]
  return given.find((one): one is string => typeof one === 'string' && one !== '') ?? ''
}

function textOf(kept: JsonObject, name: string): string {
  const value = isJsonObject(kept) ? kept[name] : undefined
  return typeof value === 'string' ? value : ''
}
