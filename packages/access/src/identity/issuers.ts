import { hash } from 'node:crypto'
import { Failure, type Principal } from '@gatehouse/core'
import { createRemoteJWKSet, decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { BoundedMap } from '../bounded-map.js'
import { attributesFrom, type ClaimMapping, type Claims, rolesFrom } from '../claims.js'
import { principalId } from '../principal-id.js'
import { wrongCredentials } from './local-sign-in.js'
import { principalOf } from './user-principal.js'

/** One outside issuer whose bearer tokens are accepted over REST. */
export interface IssuerConfig extends ClaimMapping {
  readonly name: string
  /** `iss`, byte for byte; its keys are found by discovery below it. */
  readonly issuer: string
  readonly audience: readonly string[]
  /** Asymmetric ones only: with a shared secret, whoever can check a token could make one. */
  readonly algorithms: readonly string[]
  readonly clockSkewMs: number
}

export const issuerAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
]

export interface Issuers {
  /** Throws `unauthenticated`, and `unavailable` where the issuer's keys cannot be had. */
  authenticate(token: string): Principal | Promise<Principal>
}

const rememberedMs = 60_000
const discoveryMs = 5_000

/** True for what looks like a JSON Web Token: three parts, the first a JSON object. */
export function looksLikeJwt(token: string): boolean {
  return /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(token)
}

/**
 * Bearer tokens of outside issuers (RFC 7519, RFC 8725): signature by the issuer's published keys (cached, fetched anew
 * for a key that is not known yet, at most every half minute), algorithm among those pinned, issuer and audience exact,
 * expiry required. What was checked is remembered for a minute, or until it expires.
 */
export function createIssuers(configs: readonly IssuerConfig[], tenant: string, now = Date.now): Issuers {
  const issuers = new Map(configs.map((config) => [config.issuer, { config, keys: keysOf(config.issuer) }]))
  const known = new BoundedMap<string, { principal: Principal; until: number }>(10_000)

  async function verify(token: string, digest: string): Promise<Principal> {
    const found = issuers.get(issuerIn(token))
    if (!found) throw wrongCredentials()
    const { config, keys } = found
    const payload = await checked(token, config, await keys(), now)
    const principal = principalFrom(payload, config, tenant)
    const until = Math.min(now() + rememberedMs, Number(payload.exp) * 1000)
    known.set(digest, { principal, until })
    return principal
  }

  return {
    authenticate(token) {
      const digest = hash('sha256', token)
      const entry = known.get(digest)
      if (entry && entry.until > now()) return entry.principal
      return verify(token, digest)
    },
  }
}

/** What the token says of its issuer, not checked yet: it only chooses whose keys are to check it. */
function issuerIn(token: string): string {
  try {
    return decodeJwt(token).iss ?? ''
  } catch {
    return ''
  }
}

async function checked(
  token: string,
  { issuer, audience, algorithms, clockSkewMs }: IssuerConfig,
  keys: JWTVerifyGetKey,
  now: () => number,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: [...audience],
      algorithms: algorithms.filter((name) => issuerAlgorithms.includes(name)),
      clockTolerance: clockSkewMs / 1000,
      requiredClaims: ['exp', 'sub', 'iss', 'aud'],
      currentDate: new Date(now()),
    })
    if (payload.sub === '') throw wrongCredentials()
    return payload
  } catch (cause) {
    if (cause instanceof errors.JWKSTimeout) throw unreachable(cause)
    if (cause instanceof errors.JOSEError) throw refused(cause)
    throw cause instanceof Failure ? cause : unreachable(cause)
  }
}

function refused(cause: Error): Failure {
  return new Failure('unauthenticated', 'These credentials are not valid', { cause })
}

function unreachable(cause: unknown): Failure {
  return new Failure('unavailable', 'The keys of the issuer of this token cannot be had now', { retryAfter: 5, cause })
}

/** The issuer's keys by discovery (OpenID Connect Discovery 1.0, RFC 8414), looked up when first needed. */
function keysOf(issuer: string): () => Promise<JWTVerifyGetKey> {
  let found: Promise<JWTVerifyGetKey> | undefined
  return () => {
    found ??= discover(issuer).catch((cause: unknown) => {
      found = undefined
      throw unreachable(cause)
    })
    return found
  }
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const answer = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    redirect: 'error',
    signal: AbortSignal.timeout(discoveryMs),
    headers: { accept: 'application/json' },
  })
  if (!answer.ok) throw new Error(`Discovery answered ${answer.status}`)
  const metadata: unknown = await answer.json()
  const { issuer: said, jwks_uri: uri } = (metadata ?? {}) as { readonly issuer?: unknown; readonly jwks_uri?: unknown }
  if (said !== issuer || typeof uri !== 'string') throw new Error('Discovery names another issuer, or no keys')
  const keys = new URL(uri)
  // The keys are worth as much as the way that they come.
  if (keys.protocol !== 'https:' && keys.origin !== new URL(issuer).origin) throw new Error('Keys without TLS')
  return createRemoteJWKSet(keys, { timeoutDuration: discoveryMs, cooldownDuration: 30_000, cacheMaxAge: 600_000 })
}

function principalFrom(payload: JWTPayload, config: IssuerConfig, tenant: string): Principal {
  const claims = payload as Claims
  const sub = String(payload.sub)
  const given = claims.preferred_username ?? claims.email
  return principalOf(
    principalId(`issuer.${config.name}`, sub, tenant),
    typeof given === 'string' ? given : sub,
    rolesFrom(claims, config),
    attributesFrom(claims, config),
    tenant,
  )
}
