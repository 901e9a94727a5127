import { describe, expect, it } from 'vitest'
import { readSource } from './source.js'

describe('a configuration file', () => {
  it.each([
    ['in a block', 'roles:\n  one: {}\n  two: {}\n  one: {}\n', 'one', 4],
    ['in braces', 'keys: [{ name: a, roles: [],\n  name: b }]\n', 'name', 2],
    ['with quotes', 'server:\n  "port": 1\n  port: 2\n', 'port', 3],
    ['at the top', 'roles: {}\nserver: {}\nroles: {}\n', 'roles', 3],
  ])('that gives a key twice is refused, with the line: %s', (_where, text, key, line) => {
    const { value, problems } = readSource(text, {})
    expect(value).toBeUndefined()
    expect(problems).toEqual([{ path: [`@${line}`], message: `the key \`${key}\` is given twice` }])
  })

  it('says where each of very many roles stands', () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `role${i}`)
    const { value, line, problems } = readSource(
      `roles:\n${names.map((name) => `  ${name}: { grants: [] }\n`).join('')}`,
      {},
    )
    expect(problems).toEqual([])
    expect(Object.keys((value as { roles: object }).roles)).toEqual(names)
    for (const i of [0, 5_000, 9_999]) expect(line(['roles', `role${i}`, 'grants'])).toBe(i + 2)
  })
})
