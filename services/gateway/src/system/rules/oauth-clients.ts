import { hashClientSecret, makeClientId, makeClientSecret, redirectProblem } from '@gatehouse/access'
import { type Changes, Failure, type OAuthStore, type Scalar, suggest } from '@gatehouse/core'
import type { TenantStore } from '@gatehouse/store'
import { mayActOn, mayGiveAttributes, mayGiveRoles, mayTakeName } from '../may-give.js'
import type { Draft, RuleContext, Stored, SystemTable } from '../system-table.js'
import { nameIn, objectIn, required, storedTexts, textIn, textsIn } from '../values.js'

/** OAuth clients of MCP endpoints: made here with a secret that is shown once; those that registered themselves, too. */
export function oauthClientsTable(
  changes: Changes,
  oauth: OAuthStore,
  storeOf: (tenant: string) => TenantStore,
): SystemTable {
  async function ruled(draft: Draft, before: Stored | undefined, context: RuleContext) {
    const row = new Map<string, Scalar>(draft)
    row.delete('rotate')
    const name = nameIn(draft, /^[\w.-]{1,100}$/, 'letters, digits and . _ -')
    if (name !== undefined && name !== before?.name) await mayTakeName(name, context, storeOf(context.tenant.name))
    const given = textsIn(draft, 'roles')
    if (given) mayGiveRoles(given, context)
    const attributes = objectIn(draft, 'attributes')
    if (attributes) mayGiveAttributes(attributes, context)
    const uris = textsIn(draft, 'redirect_uris') ?? (before ? storedTexts(before, 'redirect_uris') : [])
    const problem = uris.map(redirectProblem).find((found) => found !== undefined)
    if (problem !== undefined) throw new Failure('invalid', `\`redirect_uris\`: ${problem}`)
    const roles = given ?? (before ? storedTexts(before, 'roles') : [])
    if (uris.length === 0 && roles.length === 0) {
      throw new Failure('invalid', 'A client needs `redirect_uris` to act for people, or `roles` to act by itself')
    }
    const types = [
      ...(uris.length > 0 ? ['authorization_code', 'refresh_token'] : []),
      ...(roles.length > 0 ? ['client_credentials'] : []),
    ]
    row.set('grant_types', JSON.stringify(types))
    return row
  }

  return {
    name: 'oauth_clients',
    description:
      'OAuth clients. One that is made here is for one MCP `endpoint`; its secret is shown once, when it is made or rotated (`rotate`: true)',
    hidden: ['tenant', 'secret_hash'],
    kept: ['client_id', 'kind', 'auth_method', 'secret', 'grant_types', 'expires', 'source', 'created', 'changed'],
    filled: ['redirect_uris', 'roles', 'attributes'],
    rules: {
      async create(draft, context) {
        required(textIn(draft, 'name'), 'name')
        const endpoint = textIn(draft, 'endpoint') ?? 'default'
        const endpoints = Object.keys(context.tenant.access().mcp)
        if (!endpoints.includes(endpoint)) {
          const hint = suggest(endpoint, 'MCP endpoints', endpoints)
          throw new Failure('invalid', `There is no MCP endpoint \`${endpoint.slice(0, 100)}\``, { hint })
        }
        const row = await ruled(draft, undefined, context)
        const client_id = makeClientId()
        const secret = makeClientSecret()
        row.set('client_id', client_id)
        row.set('secret_hash', hashClientSecret(secret))
        row.set('endpoint', endpoint)
        row.set('kind', 'configured')
        row.set('auth_method', 'client_secret_basic')
        for (const list of ['redirect_uris', 'roles']) if (!row.has(list)) row.set(list, '[]')
        if (!row.has('attributes')) row.set('attributes', '{}')
        return { row, shown: { secret } }
      },
      async update(draft, before, context) {
        if (before.source !== 'api') throw new Failure('forbidden', 'This client registered itself; it can be removed')
        if (draft.has('endpoint')) throw new Failure('invalid', 'A client stays with its endpoint')
        mayActOn(before, context)
        const row = await ruled(draft, before, context)
        if (draft.get('rotate') !== true) return { row }
        const secret = makeClientSecret()
        row.set('secret_hash', hashClientSecret(secret))
        return { row, shown: { secret } }
      },
      remove: (before, context) => mayActOn(before, context),
      async after(touched, { tenant }) {
        if (touched.length === 0) return
        // Their tokens hold what they were: whatever changed, they ask for new ones.
        for (const { client_id: id } of touched) await oauth.revokeGrants({ clientId: String(id) })
        await changes.announce(tenant.name, 'users')
      },
    },
  }
}
