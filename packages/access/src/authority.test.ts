import type { Grant, Principal, Surface, Verb } from '@gatehouse/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAuthority } from './authority.js'
import { type GrantConfig, type RolesConfig, verbs } from './roles-config.js'

const someone = (...roles: string[]): Principal => ({
  id: 'key:test',
  kind: 'key',
  name: 'test',
  roles,
  attributes: {},
  tenant: 'default',
  scope: JSON.stringify([...roles].sort()),
})

const role = (...grants: GrantConfig[]): RolesConfig => ({ r: { grants } })

/** Verbs of all grants together. */
const allowed = (grants: readonly Grant[]): Verb[] => verbs.filter((v) => grants.some((grant) => grant.verbs.has(v)))

const ask = (roles: RolesConfig, service: string, resource: string, surface: Surface = 'rest') =>
  createAuthority(roles).grants(someone(...Object.keys(roles)), service, resource, surface)

describe('authority', () => {
  it('allows nothing without a grant, and nothing to an unknown role', () => {
    const authority = createAuthority(role({ service: 's', resource: '_table/a', verbs: ['read'] }))
    expect(authority.grants(someone('r'), 's', '_table/b', 'rest')).toEqual([])
    expect(authority.grants(someone('r'), 't', '_table/a', 'rest')).toEqual([])
    expect(authority.grants(someone('constructor'), 's', '_table/a', 'rest')).toEqual([])
    expect(authority.grants(someone(), 's', '_table/a', 'rest')).toEqual([])
  })

  it('lets the most specific resource govern alone', () => {
    const roles = role(
      { service: 's', resource: '*', verbs: ['read', 'create', 'update', 'delete', 'execute'] },
      { service: 's', resource: '_table/*', verbs: ['read', 'update'] },
      { service: 's', resource: '_table/log_*', verbs: ['read', 'create'] },
      { service: 's', resource: '_table/log_old', verbs: ['read'] },
    )
    expect(allowed(ask(roles, 's', '_proc/x'))).toEqual(verbs)
    expect(allowed(ask(roles, 's', '_table/x'))).toEqual(['read', 'update'])
    expect(allowed(ask(roles, 's', '_table/log_new'))).toEqual(['read', 'create'])
    expect(allowed(ask(roles, 's', '_table/log_old'))).toEqual(['read'])
  })

  it('reads prefixes of folders and routines', () => {
    const roles = role(
      { service: 's', resource: 'reports/2026/*', verbs: ['read'] },
      { service: 's', resource: '_proc/report_*', verbs: ['execute'] },
    )
    expect(allowed(ask(roles, 's', 'reports/2026/may/a.pdf'))).toEqual(['read'])
    expect(allowed(ask(roles, 's', 'reports/2025/a.pdf'))).toEqual([])
    expect(allowed(ask(roles, 's', '_proc/report_month'))).toEqual(['execute'])
    expect(allowed(ask(roles, 's', '_proc/drop'))).toEqual([])
  })

  it('lets a denial win at the same and at a more specific level, not at a less specific one', () => {
    const all = { service: '*', resource: '*', verbs } as const
    expect(allowed(ask(role(all, { service: 's', resource: '*', deny: true }), 's', 'x'))).toEqual([])
    expect(allowed(ask(role(all, { service: 's', resource: '_table/x', deny: true }), 's', '_table/x'))).toEqual([])
    const exact: GrantConfig = { service: 's', resource: '_table/x', verbs: ['read'] }
    expect(allowed(ask(role(exact, { service: 's', resource: '_table/*', deny: true }), 's', '_table/x'))).toEqual([
      'read',
    ])
    expect(allowed(ask(role(exact, { service: '*', resource: '_table/x', deny: true }), 's', '_table/x'))).toEqual([])
  })

  it('denies only the verbs and surfaces that the denial names', () => {
    const roles = role(
      { service: 's', resource: '_table/*', verbs: ['read', 'update', 'delete'] },
      { service: 's', resource: '_table/log', verbs: ['update', 'delete'], deny: true, surfaces: ['mcp'] },
    )
    expect(allowed(ask(roles, 's', '_table/log', 'mcp'))).toEqual(['read'])
    expect(allowed(ask(roles, 's', '_table/log', 'rest'))).toEqual(['read', 'update', 'delete'])
  })

  it('unites the verbs of equal terms and keeps different terms apart', () => {
    const grants = ask(
      role(
        { service: 's', resource: '_table/a', verbs: ['read'], rows: 'x = 1', timeout: '1s' },
        { service: 's', resource: '_table/a', verbs: ['create'], rows: 'x = 1', timeout: '1000ms' },
        { service: 's', resource: '_table/a', verbs: ['update'], rows: 'x = 2', max_rows: 5 },
      ),
      's',
      '_table/a',
    )
    expect(grants.map((g) => [g.rows, [...g.verbs], g.timeoutMs, g.maxRows])).toEqual([
      ['x = 1', ['create', 'read'], 1000, undefined],
      ['x = 2', ['update'], undefined, 5],
    ])
  })

  it('lets a grant that names the service narrow one for all services', () => {
    const roles = role({ service: '*', resource: '*', verbs }, { service: 's', resource: '*', verbs: ['read'] })
    expect(allowed(ask(roles, 's', '_table/a'))).toEqual(['read'])
    expect(allowed(ask(roles, 't', '_table/a'))).toEqual(verbs)
  })

  it('unites several roles, each with its own terms; a denial binds its own role alone', () => {
    const roles: RolesConfig = {
      a: { grants: [{ service: 's', resource: '_table/a', verbs: ['read'], fields: { deny: ['ssn'] } }] },
      b: { grants: [{ service: 's', resource: '*', verbs: ['read', 'update'], rows: 'x = 1' }] },
      c: { grants: [{ service: 's', resource: '_table/a', deny: true }] },
    }
    expect(ask(roles, 's', '_table/a').map(({ role, rows, deny }) => ({ role, rows, deny }))).toEqual([
      { role: 'a', rows: undefined, deny: new Set(['ssn']) },
      { role: 'b', rows: 'x = 1', deny: undefined },
    ])
  })

  it('answers the same question with the same objects, also from another principal and after much else', () => {
    const roles = role({ service: '*', resource: '*', verbs: ['read'], fields: { mask: { email: 'partial' } } })
    const authority = createAuthority(roles)
    const first = authority.grants(someone('r'), 's', '_table/a', 'rest')
    for (let i = 0; i < 25_000; i++) authority.grants(someone('r'), 's', `_table/${i}`, 'rest')
    const again = authority.grants(someone('r'), 's', '_table/a', 'rest')
    expect(again).toBe(first)
    expect(authority.grants(someone('r'), 't', '_table/b', 'mcp')).toBe(first)
    expect(first[0]?.mask.get('email')).toBe('partial')
  })

  it('forgets all when the roles are replaced', () => {
    const authority = createAuthority(role({ service: 's', resource: '*', verbs: ['read'] }))
    const { version } = authority
    expect(authority.grants(someone('r'), 's', 'x', 'rest')).toHaveLength(1)
    expect(authority.reaches(someone('r'), 's', 'rest')).toBe(true)
    authority.replace({})
    expect(authority.grants(someone('r'), 's', 'x', 'rest')).toEqual([])
    expect(authority.reaches(someone('r'), 's', 'rest')).toBe(false)
    expect(authority.version).not.toBe(version)
  })

  it('reaches a service by any grant that a denial leaves', () => {
    const authority = createAuthority(
      role(
        { service: '*', resource: '*', verbs: ['read'], surfaces: ['rest'] },
        { service: 'hr', resource: '*', deny: true },
        { service: 'files', resource: 'reports/*', verbs: ['read'] },
        { service: 'files', resource: 'reports/secret/*', deny: true },
      ),
    )
    expect(authority.reaches(someone('r'), 'sales', 'rest')).toBe(true)
    expect(authority.reaches(someone('r'), 'sales', 'mcp')).toBe(false)
    expect(authority.reaches(someone('r'), 'hr', 'rest')).toBe(false)
    expect(authority.reaches(someone('r'), 'files', 'mcp')).toBe(true)
    expect(authority.reaches(someone(), 'files', 'mcp')).toBe(false)
  })

  it('refuses wrong roles with everything that is wrong', () => {
    const wrong = {
      r: {
        grants: [
          { service: 's', resource: '_table/*/x', verbs: ['reed'], timeout: 'soon' },
          { service: 'sales*', resource: '*', verbs: [], max_rows: 0, fields: { mask: { email: 'parshal' } } },
        ],
      },
    } as unknown as RolesConfig
    expect(() => createAuthority(wrong)).toThrow(
      /r\.grants\.0\.resource.*`read`.*grants\.0\.timeout.*grants\.1\.service.*grants\.1\.verbs.*`partial`.*max_rows/s,
    )
  })
})

describe('authority, whatever the role', () => {
  const resources = ['_table/a', '_table/ab', '_table/b', '_proc/report_a', '_proc/x', 'reports/2026/a']
  const pattern = fc.constantFrom('*', '_table/*', '_table/a*', '_proc/report_*', ...resources)
  const allow = fc.record({
    service: fc.constantFrom('s', 't', '*'),
    resource: pattern,
    verbs: fc.subarray([...verbs], { minLength: 1 }),
    rows: fc.constantFrom(undefined, 'x = 1', 'y = 2'),
    surfaces: fc.constantFrom<Surface[] | undefined>(undefined, ['rest'], ['mcp']),
  })
  const denial = fc.record({ service: fc.constantFrom('s', '*'), resource: pattern, deny: fc.constant(true) })
  const question = fc.record({
    service: fc.constantFrom('s', 't'),
    resource: fc.constantFrom(...resources),
    surface: fc.constantFrom<Surface>('rest', 'mcp'),
  })
  const matches = (entry: GrantConfig, service: string, resource: string) =>
    (entry.service === '*' || entry.service === service) &&
    (entry.resource.endsWith('*') ? resource.startsWith(entry.resource.slice(0, -1)) : resource === entry.resource)
  const view = (grants: readonly Grant[]) => grants.map(({ rows, verbs: granted }) => [rows, [...granted].sort()])

  it('does not depend on the order of the grants', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(allow, denial), { maxLength: 8 }),
        question,
        (grants, { service, resource, surface }) => {
          const reversed = ask(role(...grants.toReversed()), service, resource, surface)
          expect(view(ask(role(...grants), service, resource, surface))).toEqual(view(reversed))
        },
      ),
    )
  })

  it('never grants what an equally or more specific denial covers', () => {
    fc.assert(
      fc.property(
        fc.array(allow, { maxLength: 6 }),
        denial,
        question,
        (grants, deny, { service, resource, surface }) => {
          const denied = { ...deny, resource }
          fc.pre(matches(denied, service, resource))
          expect(ask(role(...grants, denied), service, resource, surface)).toEqual([])
        },
      ),
    )
  })

  it('a denial only ever takes away', () => {
    fc.assert(
      fc.property(
        fc.array(allow, { maxLength: 6 }),
        denial,
        question,
        (grants, deny, { service, resource, surface }) => {
          const before = allowed(ask(role(...grants), service, resource, surface))
          const after = allowed(ask(role(...grants, deny), service, resource, surface))
          expect(before).toEqual(expect.arrayContaining(after))
        },
      ),
    )
  })

  it('an exact grant for the service decides alone over every wider one', () => {
    fc.assert(
      fc.property(fc.array(allow, { maxLength: 6 }), question, fc.constantFrom(...verbs), (grants, q, verb) => {
        const wider = grants.filter((grant) => grant.resource !== q.resource)
        const exact: GrantConfig = { service: q.service, resource: q.resource, verbs: [verb], rows: 'z = 3' }
        expect(view(ask(role(...wider, exact), q.service, q.resource, q.surface))).toEqual([['z = 3', [verb]]])
      }),
    )
  })

  it('allows only verbs that a matching entry on the surface names', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(allow, denial), { maxLength: 8 }),
        question,
        (grants, { service, resource, surface }) => {
          const possible = grants.filter(
            (grant) =>
              !('deny' in grant) &&
              matches(grant, service, resource) &&
              (grant.surfaces === undefined || grant.surfaces.includes(surface)),
          )
          const named = possible.flatMap((grant) => ('verbs' in grant ? grant.verbs : []))
          const authority = createAuthority(role(...grants))
          const answer = allowed(authority.grants(someone('r'), service, resource, surface))
          expect(named).toEqual(expect.arrayContaining(answer))
          if (answer.length > 0) expect(authority.reaches(someone('r'), service, surface)).toBe(true)
        },
      ),
    )
  })
})
