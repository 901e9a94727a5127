import { readFileSync } from 'node:fs'
import { Attribute, Change } from 'ldapts'
import { describe, expect, it } from 'vitest'
import { keepOpen } from '../harness/keep-open.js'
import { lineTo } from '../resilience/line.js'
import { startLiar } from './ldap-liar.js'
import { groupsOf, naming, openDirectory, searching, signInTo } from './ldap-provider.js'
import { ldapPassword, openTree, type Tree, unusual } from './ldap-tree.js'

let tree: Tree
keepOpen({ name: 'OpenLDAP', open: openTree }, (opened) => {
  tree = opened
})

const set = (dn: string, type: string, ...values: string[]) =>
  tree.admin.modify(dn, new Change({ operation: 'replace', modification: new Attribute({ type, values }) }))

describe('a directory', () => {
  it('vouches for who is found and knows the password', async () => {
    const directory = await openDirectory(searching(tree), ['departmentNumber', 'title', 'missing', 'a.path'])
    const ann = await directory.check('ann', ldapPassword)
    expect(ann).toMatchObject({
      name: 'ann',
      email: 'ann@example.com',
      label: 'Ann Archer',
      claims: { dn: tree.dn('ann'), departmentNumber: 'b', title: ['One', 'Two'] },
    })
    expect(ann?.subject).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(ann?.claims).not.toHaveProperty('missing')
    expect(await directory.current(ann?.subject ?? '')).toEqual(ann)
    expect(await directory.check('ANN', ldapPassword)).toEqual(ann)
    expect(await directory.check('zoë', ldapPassword)).toMatchObject({ name: 'zoë' })
    expect(await directory.check('ann', 'wrong')).toBeUndefined()
    expect(await directory.check('nobody', ldapPassword)).toBeUndefined()
    expect(await directory.check('dora', ldapPassword), 'outside base_dn').toBeUndefined()
    await directory.close?.()
  })

  it('needs no account that searches where people are named by their DN', async () => {
    const directory = await openDirectory(naming(tree))
    const ann = await directory.check('ann', ldapPassword)
    expect(ann).toMatchObject({ name: 'ann', claims: { dn: tree.dn('ann') } })
    expect(await directory.current(ann?.subject ?? '')).toEqual(ann)
    expect(await directory.check('nobody', ldapPassword)).toBeUndefined()
    expect(await directory.check('ann', 'wrong')).toBeUndefined()
    await directory.close?.()
  })

  it('lets in whom the filter finds, also of those who are named by their DN', async () => {
    const user_filter = `(&(uid={user})(memberOf=cn=admins,${tree.groups}))`
    for (const settings of [searching(tree, { user_filter }), naming(tree, { user_filter })]) {
      expect(await signInTo(settings, 'ann')).toBeUndefined()
      expect(await signInTo(settings, 'bob')).toMatchObject({ name: 'bob' })
    }
  })

  it('reads what the settings name', async () => {
    const settings = searching(tree, {
      subject_attribute: 'employeeNumber',
      name_attribute: 'cn',
      email_attribute: 'sn',
      user_filter: '(&(objectClass=inetOrgPerson)(|(uid={user})(mail={user})))',
    })
    await set(tree.dn('ann'), 'employeeNumber', '12')
    expect(await signInTo(settings, 'ann@example.com')).toMatchObject({ subject: '12', name: 'ann', email: 'ann' })
    await expect(signInTo(settings, 'bob'), 'without the subject').rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('groups', () => {
  it('are followed through groups, in circles too, and count only where they are to stand', async () => {
    const claims = (await signInTo(searching(tree), 'ann'))?.claims
    const names = ['engineers', 'builders', 'everyone']
    expect(claims?.groups).toEqual([...names.map((name) => `cn=${name},${tree.groups}`), ...names])
  })

  it.each([
    ['not nested', { nested_groups: false }, ['engineers']],
    ['by memberOf', { group_search: false }, ['engineers', 'builders', 'everyone']],
    ['by memberOf, not nested', { group_search: false, nested_groups: false }, ['engineers']],
    // A group is not taken for a user of its name.
    ['by name', { group_filter: '(|(member={dn})(memberUid={user}))' }, ['engineers', 'posix', 'builders', 'everyone']],
  ])('%s', async (_, more, names) => {
    expect((await groupsOf(searching(tree, more), 'ann')).toSorted()).toEqual(names.toSorted())
    expect((await groupsOf(naming(tree, more), 'ann')).toSorted()).toEqual(names.toSorted())
  })

  it('of any place count by memberOf where no place is said', async () => {
    const { group_base_dn: _, ...anywhere } = searching(tree, { group_search: false })
    expect((await groupsOf(anywhere, 'ann')).toSorted()).toEqual(['builders', 'engineers', 'everyone', 'outside'])
  })

  it('of people with unusual names are theirs', async () => {
    for (const more of [{}, { group_search: false }]) {
      expect(await groupsOf(searching(tree, more), unusual)).toEqual(['odd, (group)*'])
      expect(await groupsOf(naming(tree, more), unusual)).toEqual(['odd, (group)*'])
    }
  })

  it('pass for no other group by their name', async () => {
    const groups = (await signInTo(searching(tree), 'carl'))?.claims.groups
    expect(groups).toHaveLength(1)
    expect(groups).not.toContain(`cn=admins,${tree.groups}`)
  })
})

describe('what a directory says later', () => {
  it('holds at the next look: groups, rights to be there, and being there', async () => {
    const only = searching(tree, { user_filter: `(&(objectClass=person)(uid={user})(!(title=left)))` })
    const directory = await openDirectory(only)
    const { subject = '' } = (await directory.check('bob', ldapPassword)) ?? {}
    const groups = async () => (await directory.current(subject))?.claims.groups
    expect(await groups()).toContain('admins')
    await set(`cn=admins,${tree.groups}`, 'member', tree.dn('carl'))
    expect(await groups()).toEqual([])
    await set(tree.dn('bob'), 'title', 'left')
    expect(await directory.current(subject)).toBeUndefined()
    await set(tree.dn('bob'), 'title')
    expect(await directory.current(subject)).toMatchObject({ name: 'bob' })
    await tree.admin.modifyDN(tree.dn('bob'), 'uid=robert')
    expect(await directory.current(subject), 'renamed').toMatchObject({ subject, name: 'robert' })
    await tree.admin.del(tree.dn('robert'))
    expect(await directory.current(subject), 'gone').toBeUndefined()
    expect(await directory.current('*')).toBeUndefined()
    await directory.close?.()
  })

  it.each([
    ['locked', 'pwdAccountLockedTime', '000001010000Z'],
    ['to be changed first', 'pwdReset', 'TRUE'],
    ['ended', 'pwdEndTime', '20200101000000Z'],
    ['not begun', 'pwdStartTime', '20990101000000Z'],
  ])('an account that is %s lets nobody in', async (_, attribute, value) => {
    for (const settings of [searching(tree), naming(tree)]) {
      const directory = await openDirectory(settings)
      const { subject = '' } = (await directory.check('eve', ldapPassword)) ?? {}
      expect(subject).not.toBe('')
      await set(tree.dn('eve'), attribute, value)
      expect(await directory.check('eve', ldapPassword)).toBeUndefined()
      expect(await directory.current(subject)).toBeUndefined()
      await set(tree.dn('eve'), attribute)
      expect(await directory.current(subject)).toMatchObject({ subject })
      await directory.close?.()
    }
  })

  it('a lock that is over is over with the next good password', async () => {
    const directory = await openDirectory(searching(tree))
    const { subject = '' } = (await directory.check('eva', ldapPassword)) ?? {}
    for (let tries = 0; tries < 3; tries++) await directory.check('eva', 'wrong')
    expect(await directory.check('eva', ldapPassword)).toBeUndefined()
    expect(await directory.current(subject)).toBeUndefined()
    // The policy of the test's directory ends locks after a second.
    await expect.poll(() => directory.check('eva', ldapPassword), { timeout: 10_000 }).toMatchObject({ subject })
    expect(await directory.current(subject)).toMatchObject({ subject })
    await directory.close?.()
  })
})

describe('the way to a directory', () => {
  it('is refused where the certificate is not trusted, by both kinds of TLS', async () => {
    const { ca: _, ...unknown } = searching(tree)
    const { ca: __, ...unknownToo } = naming(tree)
    for (const settings of [unknown, unknownToo]) {
      await expect(signInTo(settings, 'ann')).rejects.toMatchObject({ code: 'unavailable' })
    }
    // The certificate is for localhost and 127.0.0.1.
    const elsewhere = { url: tree.server.ldaps.replace('127.0.0.1', '127.0.0.2') }
    await expect(signInTo(searching(tree, elsewhere), 'ann')).rejects.toMatchObject({ code: 'unavailable' })
    const text = { ca: readFileSync(tree.server.certificate, 'utf8') }
    expect(await signInTo(searching(tree, text), 'ann')).toMatchObject({ name: 'ann' })
  })

  it('leads to the next server where one is down, and back to none that failed', async () => {
    const first = await lineTo(tree.server.ldaps)
    const directory = await openDirectory(searching(tree, { url: [first.url.replace(/\/$/, ''), tree.server.ldaps] }))
    expect(await directory.check('ann', ldapPassword)).toMatchObject({ name: 'ann' })
    first.cut()
    for (let times = 0; times < 3; times++) {
      expect(await directory.check('ann', ldapPassword)).toMatchObject({ name: 'ann' })
    }
    await directory.close?.()
  })

  it('leads past a server that is there and says nothing', async () => {
    const mute = await startLiar(() => undefined)
    const directory = await openDirectory(searching(tree, { url: [mute.url, tree.server.ldaps], timeout: '1s' }))
    expect(await directory.check('ann', ldapPassword)).toMatchObject({ name: 'ann' })
    const asked = mute.asked.length
    expect(await directory.check('ann', ldapPassword)).toMatchObject({ name: 'ann' })
    expect(mute.asked).toHaveLength(asked)
    await directory.close?.()
    await mute.close()
  })

  it('is found again once it was cut', async () => {
    const line = await lineTo(tree.server.ldaps)
    const directory = await openDirectory(searching(tree, { url: line.url.replace(/\/$/, '') }))
    const { subject = '' } = (await directory.check('ann', ldapPassword)) ?? {}
    line.cut()
    await expect(directory.check('ann', ldapPassword)).rejects.toMatchObject({ code: 'unavailable', retryAfter: 5 })
    await expect(directory.current(subject)).rejects.toMatchObject({ code: 'unavailable' })
    await line.restore()
    const all = await Promise.all(Array.from({ length: 20 }, () => directory.current(subject)))
    expect(all.map((one) => one?.name)).toEqual(all.map(() => 'ann'))
    line.cut()
    await line.restore()
    expect(await directory.current(subject)).toMatchObject({ name: 'ann' })
    await directory.close?.()
    line.cut()
  })

  it('is not taken with a wrong password of the account', async () => {
    const failure = signInTo(searching(tree, { bind_password: 'wrong' }), 'ann')
    await expect(failure).rejects.toMatchObject({ code: 'unavailable' })
    await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining('wrong') })
  })
})
