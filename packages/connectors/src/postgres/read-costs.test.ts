import { expect, it } from 'vitest'
import { ReadCosts } from './read-costs.js'

it('what was under way when a statement was sent away does not send it away again', () => {
  const costs = new ReadCosts()
  costs.alone('a', 1)
  for (let i = 0; i < 6; i++) costs.measured('a', 5, 0)
  expect(costs.expected('a', false, 9_999)).toBeUndefined()
  costs.measured('a', 0.01, 10_001)
  expect(costs.expected('a', false, 10_002)).toBe(0.01)
})

it('a statement is measured anew where something held it up', () => {
  const costs = new ReadCosts()
  costs.alone('a', 1)
  for (let i = 0; i < 7; i++) costs.measured('a', 0.01, 0)
  expect(costs.isDue('a')).toBe(false)
  costs.doubt('a')
  for (let i = 0; i < 3; i++) {
    expect(costs.isDue('a')).toBe(true)
    costs.measured('a', 5, 1)
  }
  expect(costs.expected('a', false, 2)).toBeUndefined()
})
