import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { keepOpen } from '../harness/keep-open.js'
import { type Asked, entry, type Liar, reference, result, startLiar } from './ldap-liar.js'
import { naming, openDirectory, searching, signInTo } from './ldap-provider.js'
import { ldapPassword, openTree, type Tree } from './ldap-tree.js'

describe('names that mean something to a directory', () => {
  let tree: Tree
  keepOpen({ name: 'OpenLDAP', open: openTree }, (opened) => {
    tree = opened
  })

  it('find nobody', async () => {
    const names = [
      ...['*', 'a*', 'an*n', '(ann)', 'ann)(uid=*', '*)(uid=*))(|(uid=*', 'ann)(&)', '&', '!(uid=x)', '\\61nn', '\\2a'],
      ...['ann\0', 'ann\0x', '\0', 'ann\n', 'ann\\00', ' ann', 'ann ', 'a\u200bnn', 'ａｎｎ', '\ud800', ' ', ''],
      ...['ann,ou=people', `ann,${tree.people}`, 'ann+cn=ann', 'ann#', '#616e6e', '"ann"', 'uid=ann', tree.dn('ann')],
      ...['x'.repeat(257), 'x'.repeat(1 << 20), '{user}', '{dn}', `dora,ou=elsewhere,${tree.server.suffix}`],
    ]
    for (const settings of [searching(tree), naming(tree)]) {
      const directory = await openDirectory(settings)
      for (const name of names) {
        expect(await directory.check(name, ldapPassword), JSON.stringify(name.slice(0, 40))).toBeUndefined()
      }
      for (const subject of ['', '*', '*)(uid=*', '\\2a', 'ann', '\0']) {
        expect(await directory.current(subject), JSON.stringify(subject)).toBeUndefined()
      }
      expect(await directory.check('ann', ldapPassword)).toMatchObject({ name: 'ann' })
      await directory.close?.()
    }
  })

  it('find who is called so and nobody else, whatever they are made of', async () => {
    const name = fc.string({
      unit: fc.constantFrom(...'()&|!=*\\~<>,+#;" ', 'ann', 'a', '*)(', 'uid=', ',ou=people', '\\2a', 'zoë'),
      maxLength: 6,
    })
    for (const settings of [searching(tree), naming(tree)]) {
      const directory = await openDirectory(settings)
      const found = fc.asyncProperty(name, async (user) => {
        const vouched = await directory.check(user, ldapPassword)
        expect(vouched?.name ?? user).toBe(user)
      })
      await fc.assert(found, { numRuns: 150 })
      await directory.close?.()
    }
  })

  it('that several people share let none of them in', async () => {
    const byMail = searching(tree, { user_filter: '(mail={user})' })
    expect(await signInTo(byMail, 'ann@example.com')).toMatchObject({ name: 'ann' })
    expect(await signInTo(byMail, 'both@example.com')).toBeUndefined()
  })
})

describe('a directory that lies', () => {
  let liar: Liar | undefined
  afterEach(async () => {
    await liar?.close()
    liar = undefined
  })

  const base = 'ou=people,dc=example'
  const inside = `uid=ann,${base}`
  const ann = { entryUUID: ['1'], uid: ['ann'] }
  const lying = async (answer: (asked: Asked) => Buffer | undefined, more = {}) => {
    liar = await startLiar(answer)
    return { url: liar.url, timeout: '1s', base_dn: base, group_search: false, ...more }
  }
  const finding =
    (dn: string, bindCode = 0) =>
    (asked: Asked) =>
      asked.op === 'search' && asked.dn !== ''
        ? Buffer.concat([entry(asked, dn, ann), result(asked)])
        : result(asked, asked.op === 'bind' ? bindCode : 0)

  it('lets somebody in as long as it does not', async () => {
    expect(await signInTo(await lying(finding(inside)), 'ann')).toMatchObject({ subject: '1', name: 'ann' })
  })

  it.each(['uid=ann,ou=elsewhere,dc=example', '', 'EXTERNAL', 'cn=admin', `${base},dc=more`])(
    'is told no password for an entry outside of where people are: %j',
    async (dn) => {
      const settings = await lying(finding(dn))
      expect(await signInTo(settings, 'ann')).toBeUndefined()
      expect(liar?.asked.filter(({ op }) => op === 'bind').map((asked) => asked.dn)).toEqual([
        expect.stringMatching(/^cn=[0-9a-f-]{36},ou=people,dc=example$/),
      ])
    },
  )

  it('is asked the same for who is there and who is not', async () => {
    const steps = async (answer: (asked: Asked) => Buffer) => {
      expect(await signInTo(await lying(answer), 'ann')).toBeUndefined()
      const seen = liar?.asked.map(({ op, connection }) => `${op} on ${connection}`)
      await liar?.close()
      return seen
    }
    const wrong = await steps(finding(inside, 49))
    expect(wrong).toContain('bind on 2')
    expect(await steps((asked) => result(asked, asked.op === 'bind' ? 49 : 0))).toEqual(wrong)
  })

  it('is not followed to where it points', async () => {
    const other = await startLiar((asked) => finding(inside)(asked))
    const elsewhere = `${other.url}/${inside}`
    const referring = await lying((asked) =>
      asked.op === 'search' && asked.dn !== ''
        ? Buffer.concat([reference(asked, elsewhere), result(asked)])
        : result(asked, asked.op === 'bind' ? 49 : 0),
    )
    expect(await signInTo(referring, 'ann')).toBeUndefined()
    await liar?.close()
    await expect(signInTo(await lying(finding(inside, 10)), 'ann')).rejects.toMatchObject({ code: 'unavailable' })
    expect(other.asked).toEqual([])
    await other.close()
  })

  it.each([
    ['nothing', () => undefined],
    ['nonsense', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a length without end', () => Buffer.from('3084ffffffff020101', 'hex')],
    ['the answer to something else', (asked: Asked) => result({ ...asked, id: asked.id + 1 })],
    ['an answer of another kind', (asked: Asked) => entry(asked, inside)],
    ['entries without end', (asked: Asked) => Buffer.concat(Array.from({ length: 3000 }, () => entry(asked, inside)))],
  ])('is as good as down where it answers %s', async (_, answer) => {
    await expect(signInTo(await lying(answer), 'ann')).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('finds nobody by answering thousands of times', async () => {
    const again = (asked: Asked) => Buffer.concat(Array.from({ length: 20_000 }, () => result(asked)))
    expect(await signInTo(await lying(again), 'ann')).toBeUndefined()
  })

  it('cannot fill the memory with groups', async () => {
    const groups = 'ou=groups,dc=example'
    const finds = finding(inside)
    const crowd = (asked: Asked) => Array.from({ length: 2_100 }, (_, at) => entry(asked, `cn=${at},${groups}`))
    const settings = await lying(
      (asked) => (asked.dn === groups ? Buffer.concat([...crowd(asked), result(asked)]) : finds(asked)),
      { group_search: true, group_base_dn: groups },
    )
    await expect(signInTo(settings, 'ann')).rejects.toMatchObject({
      code: 'unavailable',
      cause: { message: expect.stringContaining('more than 2000') },
    })
  })

  it('hears no password where it does not go on by TLS', async () => {
    const forged = { op: 'bind', id: 2, dn: '', connection: 1 } as const
    const answers: ((asked: Asked) => Buffer)[] = [
      (asked) => result(asked, 2),
      (asked) => result(asked),
      // An answer to the bind that is yet to come, sent in the clear by whoever is on the way.
      (asked) => Buffer.concat([result(asked), result(forged)]),
      (asked) => Buffer.concat([result(asked), result(forged).subarray(0, -1)]),
    ]
    for (const answer of answers) {
      const settings = await lying(answer, { start_tls: true, user_dn_template: `uid={user},${base}` })
      await expect(signInTo(settings, 'ann')).rejects.toMatchObject({ code: 'unavailable' })
      expect(liar?.asked[0]).toMatchObject({ op: 'extended' })
      expect(liar?.asked.map(({ op }) => op)).not.toContain('bind')
      await liar?.close()
    }
  })

  it('is not asked at all without a password', async () => {
    const settings = await lying(finding(inside))
    expect(await signInTo(settings, 'ann', '')).toBeUndefined()
    expect(await signInTo({ ...settings, user_dn_template: `uid={user},${base}` }, 'ann', '')).toBeUndefined()
    expect(liar?.asked).toEqual([])
  })
})
