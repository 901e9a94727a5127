import { describe, expect, it } from 'vitest'
import { keepOpen } from '../harness/keep-open.js'
import { startGateway } from '../harness/running-gateway.js'
import { caller } from '../identity/person.js'
import { type Domain, domainPassword, openDomain } from './ldap-domain.js'
import { openDirectory } from './ldap-provider.js'

let domain: Domain
keepOpen({ name: 'Samba', open: openDomain }, (opened) => {
  domain = opened
})

const settings = () => ({
  url: domain.server.ldaps,
  ca: domain.server.certificate,
  bind_dn: domain.dn('reader'),
  bind_password: domainPassword,
  base_dn: domain.staff,
  group_base_dn: domain.server.suffix,
})

describe('Active Directory', () => {
  it('lets people in by account, principal name and mail, as who they are by objectGUID', async () => {
    const directory = await openDirectory(settings())
    const ann = await directory.check('ann', domainPassword)
    expect(ann).toMatchObject({ name: 'ann', email: 'ann.mail@example.com', label: 'The ann' })
    expect(await directory.check('ann@example.test', domainPassword)).toEqual(ann)
    expect(await directory.check('Ann.Mail@example.com', domainPassword)).toEqual(ann)
    expect(await directory.check('ann', 'wrong')).toBeUndefined()
    expect(await directory.check('müller', domainPassword)).toMatchObject({ name: 'müller' })
    expect(await directory.check('Administrator', domain.server.admin.password), 'outside base_dn').toBeUndefined()
    // The server finds an entry by its id as it prints it.
    const { searchEntries } = await domain.admin.search(`<GUID=${ann?.subject}>`, { scope: 'base', attributes: ['cn'] })
    expect(searchEntries).toMatchObject([{ dn: domain.dn('ann') }])
    expect(await directory.current(ann?.subject ?? '')).toEqual(ann)
    await directory.close?.()
  })

  it('counts groups of groups and the primary group', async () => {
    const names = async (more = {}, user = 'ann') => {
      const directory = await openDirectory({ ...settings(), ...more })
      const claims = (await directory.check(user, domainPassword))?.claims
      await directory.close?.()
      const groups = Array.isArray(claims?.groups) ? claims.groups : []
      return groups.filter((group) => !String(group).includes('=')).toSorted()
    }
    expect(await names()).toEqual(['Domain Users', 'Users', 'builders', 'engineers', 'people'])
    expect(await names({}, 'müller')).toEqual(['Domain Users', 'Users', 'odd', 'people'])
    expect(await names({ nested_groups: false })).toEqual(['Domain Users', 'engineers'])
    expect(await names({ group_base_dn: `OU=Groups,${domain.server.suffix}` })).toEqual([
      'builders',
      'engineers',
      'people',
    ])
    expect(await names({ group_search: false })).toEqual(['builders', 'engineers'])
    expect(await names({ group_filter: '(&(objectClass=group)(member={dn}))' })).toEqual(['builders', 'engineers'])
  })

  it('lets nobody in who is disabled, expired, locked or has to change the password, and forgets them', async () => {
    const directory = await openDirectory(settings())
    const bob = (await directory.check('bob', domainPassword))?.subject ?? ''
    const dn = domain.dn('bob')
    const refuses = async (why: string) => {
      expect(await directory.check('bob', domainPassword), why).toBeUndefined()
      expect(await directory.current(bob), why).toBeUndefined()
    }
    const lets = async (why: string) => {
      expect(await directory.check('bob', domainPassword), why).toMatchObject({ subject: bob })
      expect(await directory.current(bob), why).toMatchObject({ subject: bob })
    }
    await domain.set(dn, 'userAccountControl', '514')
    await refuses('disabled')
    await domain.set(dn, 'userAccountControl', '512')
    await lets('enabled')
    await domain.set(dn, 'accountExpires', '132500000000000000')
    await refuses('expired')
    await domain.set(dn, 'accountExpires', '992500000000000000')
    await lets('not expired yet')
    await domain.set(dn, 'accountExpires', '0')
    await lets('never expires')
    await domain.set(dn, 'pwdLastSet', '0')
    await refuses('has to change the password')
    await domain.set(dn, 'pwdLastSet', '-1')
    await lets('changed it')
    await domain.set(domain.server.suffix, 'lockoutThreshold', '2')
    for (let tries = 0; tries < 3; tries++) await directory.check('bob', 'wrong')
    await refuses('locked')
    await domain.set(dn, 'lockoutTime', '0')
    await lets('unlocked')
    await domain.set(domain.server.suffix, 'lockoutThreshold', '0')
    await domain.admin.del(dn)
    await refuses('gone')
    await directory.close?.()
  })

  it('goes on by StartTLS where it is asked to, and tells no password in the clear', async () => {
    const directory = await openDirectory({ ...settings(), url: domain.server.url, start_tls: true })
    expect(await directory.check('ann', domainPassword)).toMatchObject({ name: 'ann' })
    await directory.close?.()
    const plain = await openDirectory({ ...settings(), url: domain.server.url })
    await expect(plain.check('ann', domainPassword)).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('is a provider like others: sessions over REST, roles by groups of groups', async () => {
    const gateway = await startGateway({
      roles: { builder: { grants: [] } },
      sign_in: {
        providers: { corp: { type: 'ldap', ...settings(), roles: { builders: 'builder', people: 'admin' } } },
      },
    })
    const post = (user: string) =>
      caller(gateway.url, {}).post('/api/v2/user/session', { user, password: domainPassword })
    const ann = await post('ann@example.test')
    expect(ann.body, ann.text).toMatchObject({ name: 'ann@corp', provider: 'corp', roles: ['builder', 'admin'] })
    const person = caller(gateway.url, { authorization: `Bearer ${ann.body.session_token}` })
    await domain.set(`CN=engineers,OU=Groups,${domain.server.suffix}`, 'member')
    expect((await person.send('PUT', '/api/v2/user/session')).body.roles).toEqual(['admin'])
    await gateway.close()
  })
})
