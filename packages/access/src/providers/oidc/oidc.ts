import { isJsonObject, type JsonObject, type JsonValue } from '@gatehouse/core'
import * as client from 'openid-client'
import { type Claims, claimAt } from '../../claims.js'
import type { ProviderContext, ProviderType, RedirectProvider, VouchedAtProvider } from '../provider.js'
import { createDiscovery, failureOf, refused } from './discover.js'
import { groupsOf, leftOut } from './groups.js'
import { type OidcSettings, oidcProblems, oidcSchema, oidcSettings } from './settings.js'

/** OpenID Connect Core 1.0 by discovery: authorization code with PKCE (S256), state, nonce, and `iss` (RFC 9207). */
export const oidc: ProviderType = {
  schema: oidcSchema,
  problems: oidcProblems,
  create: (settings, context) => createOidc(oidcSettings(settings), context),
}

type Tokens = Awaited<ReturnType<typeof client.refreshTokenGrant>>

function createOidc(settings: OidcSettings, { callback, wanted, now }: ProviderContext): RedirectProvider {
  const discovered = createDiscovery(settings, now)

  /** All that was said of the person, with the ID token above the rest. */
  async function claimsOf(found: client.Configuration, tokens: Tokens, subject?: string): Promise<Claims> {
    const said: Claims = { ...(tokens.claims() as Claims | undefined) }
    const sub = subject ?? String(said.sub)
    const more =
      settings.userinfo || tokens.id_token === undefined
        ? ((await client.fetchUserInfo(found, tokens.access_token, sub)) as Claims)
        : {}
    const claims = { ...more, ...said }
    if (settings.graphUrl === undefined || !leftOut(claims, wanted)) return claims
    return { ...claims, groups: [...(await groupsOf(settings.graphUrl, tokens.access_token))] }
  }

  async function vouchedBy(found: client.Configuration, tokens: Tokens, subject?: string): Promise<VouchedAtProvider> {
    const claims = await claimsOf(found, tokens, subject)
    requireClaims(claims, settings)
    const { sub, email, name } = claims
    if (typeof sub !== 'string' || (subject !== undefined && sub !== subject)) {
      throw refused(new Error('It vouches for somebody else'))
    }
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
        return await vouchedBy(found, tokens)
      } catch (thrown) {
        throw failureOf(thrown)
      }
    },
    async current(renewal) {
      const held = JSON.parse(renewal) as JsonObject
      try {
        const found = await discovered()
        const tokens = await client.refreshTokenGrant(found, textOf(held, 'token'))
        return await vouchedBy(found, tokens, textOf(held, 'sub'))
      } catch (thrown) {
        const failure = failureOf(thrown)
        if (failure.code === 'unauthenticated') return undefined
        throw failure
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
