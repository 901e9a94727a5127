import { randomBytes } from 'node:crypto'
import type { OAuthGrant } from '@gatehouse/core'
import { openStore } from '@gatehouse/store'
import { describe, expect, it } from 'vitest'
import { mariadb } from '../backends/mariadb.js'
import { postgres } from '../backends/postgres.js'
import { sqlite } from '../backends/sqlite.js'

const grant = (id: string, tenant = 'acme'): OAuthGrant => ({
  id,
  clientId: `https://client.example/${'x'.repeat(300)}`,
  tenant,
  endpoint: 'default',
  scopes: ['*:read'],
  userId: '7',
  name: 'anna',
  roles: ['analyst'],
  attributes: { country: 'DE' },
  revoked: false,
})
const client = {
  kind: 'registered',
  name: 'x',
  redirectUris: ['http://127.0.0.1/'],
  authMethod: 'none',
  grantTypes: ['authorization_code'],
  roles: [],
  attributes: {},
} as const

describe.each([sqlite, postgres, mariadb])('what the authorization server keeps on $name', (backend) => {
  it('is found, used once, and forgotten when it is over', async ({ skip }) => {
    const opened = await backend.open()
    if ('skipped' in opened) return skip(`${backend.name}: ${opened.skipped}`)
    const path = String(opened.service.connection)
    const store = await openStore(/^\w+:\/\//.test(path) ? path : `sqlite:${path}`)
    try {
      const { oauth } = store
      const hash = () => randomBytes(32).toString('hex')
      const now = Date.now()
      const old = now - 3_600_000
      await oauth.saveGrant(grant('over'), old)
      await oauth.saveGrant(grant('kept'), old)
      await oauth.saveGrant(grant('new'), now)
      const [code, access, refresh] = [hash(), hash(), hash()]
      const of = { redirectUri: 'http://127.0.0.1/', challenge: 'c'.repeat(43) }
      await oauth.saveCode({ hash: code, grantId: 'over', ...of, expires: now - 1 })
      await oauth.saveTokens([
        { hash: access, kind: 'access', grantId: 'over', scopes: ['*:read'], expires: now - 1 },
        { hash: refresh, kind: 'refresh', grantId: 'kept', scopes: ['*:read'], expires: now + 60_000 },
      ])
      expect((await oauth.findToken(refresh))?.grant).toEqual(grant('kept'))
      const uses = await Promise.all(Array.from({ length: 6 }, () => oauth.useRefreshToken(refresh, now)))
      expect(uses.filter((use) => use?.first)).toHaveLength(1)
      expect(await oauth.useRefreshToken(access, now)).toBeUndefined()
      expect((await oauth.useCode(code, now))?.first).toBe(true)
      expect((await oauth.useCode(code, now))?.first).toBe(false)

      await oauth.addClient({ ...client, id: 'stale', expires: now - 1 }, old)
      await oauth.addClient({ ...client, id: 'fresh', expires: now + 60_000 }, now)
      await oauth.addClient({ ...client, id: 'fresh', name: 'second', expires: now + 1 }, now)
      expect(await oauth.countRegistered(now)).toBe(1)
      await oauth.prolongClient('fresh', now + 120_000)
      expect(await oauth.findClient('fresh')).toEqual({ ...client, id: 'fresh', expires: now + 120_000 })

      const consent = { userId: '7', clientId: grant('x').clientId, tenant: 'acme', endpoint: 'default' }
      await oauth.saveConsent(consent, ['a:read'], now)
      await oauth.saveConsent(consent, ['a:write'], now)
      expect(await oauth.consent(consent)).toEqual(['a:write'])
      expect(await oauth.consent({ ...consent, tenant: 'globex' })).toEqual([])

      await oauth.sweep(now)
      expect(await oauth.findToken(access)).toBeUndefined()
      expect(await oauth.useCode(code, now)).toBeUndefined()
      expect(await oauth.findClient('stale')).toBeUndefined()
      expect((await oauth.findToken(refresh))?.grant.id).toBe('kept')
      // The new one may be about to get its code, the old one is gone.
      await oauth.saveTokens([{ hash: hash(), kind: 'access', grantId: 'new', scopes: [], expires: now }])
      const orphan = oauth.saveTokens([{ hash: hash(), kind: 'access', grantId: 'over', scopes: [], expires: now }])
      await expect(orphan).rejects.toThrow()

      await oauth.revokeGrants({ userId: '7' })
      expect((await oauth.findToken(refresh))?.grant.revoked).toBe(true)
      // A tenant goes with all that is its own.
      await store.tenant('acme').removeAll()
      expect(await oauth.findToken(refresh)).toBeUndefined()
      expect(await oauth.consent(consent)).toEqual([])
    } finally {
      await store.close()
      await opened.close()
    }
  })
})
