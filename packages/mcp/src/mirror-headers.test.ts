import { expect, it } from 'vitest'
import { headerParametersOf, requireParameterHeaders } from './mirror-headers.js'

const schema = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    page: { type: 'object', properties: { size: { type: 'integer', 'x-mcp-header': 'Size' } } },
  },
}
const parameters = headerParametersOf(schema)
const check = (input: Parameters<typeof requireParameterHeaders>[2], sent: Record<string, string>) =>
  requireParameterHeaders(
    { version: undefined, method: undefined, name: undefined, param: (name) => sent[name] },
    parameters,
    input,
  )

it('finds annotated parameters at any depth', () => {
  expect(parameters).toEqual([
    { header: 'Region', path: ['region'] },
    { header: 'Size', path: ['page', 'size'] },
  ])
})

it('accepts what agrees', () => {
  check({}, {})
  check({ region: null }, {})
  check({ region: 'eu' }, { Region: 'eu' })
  check({ region: 'Zürich' }, { Region: `=?base64?${Buffer.from('Zürich').toString('base64')}?=` })
  check({ page: { size: 42 } }, { Size: '42.0' })
})

it('refuses what does not', () => {
  expect(() => check({ region: 'eu' }, {})).toThrow('missing')
  expect(() => check({}, { Region: 'eu' })).toThrow('argument is not')
  expect(() => check({ region: 'eu' }, { Region: 'EU' })).toThrow('does not say')
  expect(() => check({ region: 'eu' }, { Region: '=?base64?ZXU?=' })).toThrow('Base64')
  expect(() => check({ region: 'é' }, { Region: 'é' })).toThrow('characters')
  expect(() => check({ page: { size: 0 } }, { Size: '' })).toThrow('does not say')
})
