import type { Identity } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { identitySteps } from './identity.js'

const ada: Identity = { id: 'key:ada', name: 'Ada', roles: ['analyst'], attributes: { db_role: 'sales', level: 3 } }

describe('identitySteps', () => {
  it('binds names and values, the role last', () => {
    const step = identitySteps({ set_role: '{user.db_role}', settings: { 'request.jwt.claims': '{user.claims}' } })?.(
      ada,
    )
    expect(step?.text).toBe('SELECT set_config($1, $2, true), set_config($3, $4, true)')
    expect(step?.values).toEqual(['request.jwt.claims', '{"db_role":"sales","level":3}', 'role', 'sales'])
  })

  it('fills in every kind of attribute', () => {
    const step = identitySteps({ settings: { 'app.who': '{user.id}/{user.name}/{user.roles}/{user.level}' } })?.(ada)
    expect(step?.values).toEqual(['app.who', 'key:ada/Ada/["analyst"]/3'])
  })

  it('is nothing where nothing is configured', () => {
    expect(identitySteps(undefined)).toBeUndefined()
    expect(identitySteps({})).toBeUndefined()
  })

  it.each([{}, { db_role: null }, { db_role: 'none' }, { db_role: 'None ' }, { db_role: ' ' }])(
    'forbids a caller with %j',
    (attributes) => {
      const steps = identitySteps({ set_role: '{user.db_role}' })
      expect(() => steps?.({ ...ada, attributes })).toThrowError(expect.objectContaining({ code: 'forbidden' }))
    },
  )

  it('knows no attribute of JavaScript itself', () => {
    const steps = identitySteps({ set_role: '{user.constructor}' })
    expect(() => steps?.(ada)).toThrowError(expect.objectContaining({ code: 'forbidden' }))
  })

  it.each([
    { settings: { role: 'x' } },
    { settings: { 'a b.c': 'x' } },
    { settings: { 'a.b': 1 } },
    { set_role: 1 },
    'x',
  ])('refuses the configuration %j', (config) => {
    expect(() => identitySteps(config)).toThrowError(expect.objectContaining({ code: 'invalid' }))
  })
})
