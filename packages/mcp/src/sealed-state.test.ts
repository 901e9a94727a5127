import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createSealedStates } from './sealed-state.js'

const key = new Uint8Array(32).fill(7)
const binding = { principal: 'key:a', method: 'tools/call', name: 'tool', input: { b: [1, { c: 2 }], a: 'x' } }

it('opens what it sealed, whatever the order of names', () => {
  const states = createSealedStates(key)
  const sealed = states.seal(binding, { rows: 5 })
  expect(states.open({ ...binding, input: { a: 'x', b: [1, { c: 2 }] } }, sealed)).toEqual({ rows: 5 })
  expect(createSealedStates(key).open(binding, sealed)).toEqual({ rows: 5 })
})

it('opens for nobody and nothing else', () => {
  const states = createSealedStates(key)
  const sealed = states.seal(binding, {})
  for (const other of [
    { ...binding, principal: 'key:b' },
    { ...binding, method: 'prompts/get' },
    { ...binding, name: 'tool2' },
    { ...binding, input: { ...binding.input, a: 'y' } },
    { ...binding, input: {} },
  ]) {
    expect(() => states.open(other, sealed)).toThrow('requestState')
  }
  expect(() => createSealedStates().open(binding, sealed)).toThrow('requestState')
})

it('forgets after five minutes', () => {
  let now = 1_000_000
  const states = createSealedStates(key, () => now)
  const sealed = states.seal(binding, {})
  now += 5 * 60_000
  expect(states.open(binding, sealed)).toEqual({})
  now += 1
  expect(() => states.open(binding, sealed)).toThrow('requestState')
})

it('is used up once', () => {
  const states = createSealedStates(key)
  const sealed = states.seal(binding, {})
  states.consume(binding, sealed)
  expect(() => states.consume(binding, sealed)).toThrow('requestState')
  expect(() => states.consume(binding, `${sealed}`)).toThrow('requestState')
})

it('takes no text that it did not make', () => {
  const states = createSealedStates(key)
  const sealed = states.seal(binding, { rows: 1 })
  fc.assert(
    fc.property(fc.string(), fc.nat(sealed.length - 1), fc.constantFrom(...'abcXYZ019-_.='), (text, at, char) => {
      expect(() => states.open(binding, text)).toThrow()
      const changed = sealed.slice(0, at) + char + sealed.slice(at + 1)
      // The last character of a MAC has bits that stand for nothing.
      if (changed !== sealed && at < sealed.length - 1) expect(() => states.open(binding, changed)).toThrow()
    }),
  )
})
