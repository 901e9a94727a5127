import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, type JWTPayload, SignJWT } from 'jose'

/** What the token endpoint was sent. */
type TokenRequest = URLSearchParams

/** An issuer that says whatever a test wants it to say. What it signs is signed with real keys. */
export interface RogueIssuer {
  readonly issuer: string
  readonly key: KeyObject
  /** Its public key, as anybody can have it. */
  readonly publicKey: KeyObject
  /** The ID token of the next answer; undefined: none. */
  idToken: (request: TokenRequest) => Promise<string | undefined>
  /** Gives refresh tokens. */
  renewable: boolean
  /** The next refresh token. */
  refreshToken: string
  /** What the token endpoint answers instead. */
  refusal: { readonly status: number; readonly error: string } | undefined
  /** What the UserInfo endpoint says, where `metadata` names it: `/userinfo`. */
  userinfo: Readonly<Record<string, unknown>>
  /** Answers 503 to everything. */
  down: boolean
  /** What it says of itself, over the rest. */
  metadata: Readonly<Record<string, unknown>>
  /** What the token endpoint was sent at last. */
  asked: TokenRequest | undefined
  close(): Promise<void>
}

export async function startRogueIssuer(host = '127.0.0.1'): Promise<RogueIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', use: 'sig', alg: 'RS256' }]
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const issuer = `http://${host}:${(server.address() as AddressInfo).port}`
  const rogue: RogueIssuer = {
    issuer,
    key: privateKey,
    publicKey,
    idToken: async () => undefined,
    renewable: true,
    refreshToken: 'a refresh token',
    refusal: undefined,
    userinfo: {},
    down: false,
    metadata: {},
    asked: undefined,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  server.on('request', async (request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (rogue.down) return answer(503, {})
    switch (request.url) {
      case '/.well-known/openid-configuration':
        return answer(200, {
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/keys`,
          id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
          authorization_response_iss_parameter_supported: true,
          ...rogue.metadata,
        })
      case '/keys':
        return answer(200, { keys })
      case '/token': {
        rogue.asked = new URLSearchParams(await bodyOf(request))
        const { refusal } = rogue
        if (refusal) return answer(refusal.status, { error: refusal.error })
        const idToken = await rogue.idToken(rogue.asked)
        return answer(200, {
          access_token: 'an access token',
          token_type: 'Bearer',
          ...(rogue.renewable && { refresh_token: rogue.refreshToken }),
          ...(idToken !== undefined && { id_token: idToken }),
        })
      }
      case '/userinfo':
        return answer(200, rogue.userinfo)
      default:
        return answer(404, {})
    }
  })
  return rogue
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

/** A token as it should be, with these claims over its own; undefined leaves one out. */
export function signed(
  rogue: RogueIssuer,
  claims: Readonly<Record<string, unknown>>,
  { key = rogue.key, header = {} }: { key?: KeyObject | Uint8Array; header?: Record<string, unknown> } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const payload: JWTPayload = { iss: rogue.issuer, aud: 'gatehouse', sub: 's1', iat: now, exp: now + 300, ...claims }
  return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'one', ...header }).sign(key)
}

export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}
