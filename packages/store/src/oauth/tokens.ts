import type { OAuthCode, OAuthStore, OAuthToken } from '@gatehouse/core'
import type { Knex } from 'knex'
import { type GrantRow, grantColumns, grantOf } from './grants.js'

interface CodeRow extends GrantRow {
  readonly hash: string
  readonly redirect_uri: string
  readonly challenge: string
  readonly expires: number | string
}

interface TokenRow extends GrantRow {
  readonly hash: string
  readonly kind: OAuthToken['kind']
  readonly token_scopes: string
  readonly expires: number | string
}

type Tokens = Pick<OAuthStore, 'saveCode' | 'useCode' | 'saveTokens' | 'findToken' | 'useRefreshToken' | 'removeToken'>

export function tokensOf(knex: Knex): Tokens {
  /** One statement decides who is the first: of two at once, one finds the row unused. */
  const use = async (table: string, which: Record<string, string>, now: number): Promise<boolean> =>
    (await knex(table).where(which).whereNull('used').update({ used: now })) === 1

  const token = (hash: string): Promise<TokenRow | undefined> =>
    knex('oauth_tokens')
      .join('oauth_grants', 'oauth_grants.id', 'oauth_tokens.grant_id')
      .where('oauth_tokens.hash', hash)
      .first({
        ...grantColumns,
        hash: 'oauth_tokens.hash',
        kind: 'oauth_tokens.kind',
        token_scopes: 'oauth_tokens.scopes',
        expires: 'oauth_tokens.expires',
      })

  return {
    async saveCode({ hash, grantId, redirectUri, challenge, expires }) {
      await knex('oauth_codes').insert({ hash, grant_id: grantId, redirect_uri: redirectUri, challenge, expires })
    },
    async useCode(hash, now) {
      const first = await use('oauth_codes', { hash }, now)
      const row: CodeRow | undefined = await knex('oauth_codes')
        .join('oauth_grants', 'oauth_grants.id', 'oauth_codes.grant_id')
        .where('oauth_codes.hash', hash)
        .first({
          ...grantColumns,
          hash: 'oauth_codes.hash',
          redirect_uri: 'oauth_codes.redirect_uri',
          challenge: 'oauth_codes.challenge',
          expires: 'oauth_codes.expires',
        })
      return row && { value: codeOf(row), grant: grantOf(row), first }
    },
    async saveTokens(tokens) {
      await knex('oauth_tokens').insert(
        tokens.map(({ hash, kind, grantId, scopes, expires }) => ({
          hash,
          kind,
          grant_id: grantId,
          scopes: JSON.stringify(scopes),
          expires,
        })),
      )
    },
    async findToken(hash) {
      const row = await token(hash)
      return row && { value: tokenOf(row), grant: grantOf(row) }
    },
    async useRefreshToken(hash, now) {
      const first = await use('oauth_tokens', { hash, kind: 'refresh' }, now)
      const row = await token(hash)
      return row?.kind === 'refresh' ? { value: tokenOf(row), grant: grantOf(row), first } : undefined
    },
    async removeToken(hash) {
      await knex('oauth_tokens').where({ hash }).delete()
    },
  }
}

function codeOf({ hash, id, redirect_uri, challenge, expires }: CodeRow): OAuthCode {
  return { hash, grantId: id, redirectUri: redirect_uri, challenge, expires: Number(expires) }
}

function tokenOf({ hash, kind, id, token_scopes, expires }: TokenRow): OAuthToken {
  return { hash, kind, grantId: id, scopes: JSON.parse(token_scopes), expires: Number(expires) }
}
