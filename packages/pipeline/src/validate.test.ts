import { ExactNumber, Failure, type JsonObject } from '@gatehouse/core'
import { describe, expect, it } from 'vitest'
import { withoutAliases } from './aliases.js'
import { listOperation } from './testing/operation.js'
import { validate } from './validate.js'

const operation = listOperation(['orders', 'customers'])

function problem(input: JsonObject): Failure {
  try {
    validate(operation, { table_name: 'orders', ...input })
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown
    throw thrown
  }
  throw new Error('The input was taken')
}

describe('input', () => {
  it('is taken where the schema takes it', () => {
    validate(operation, { table_name: 'orders', limit: 5, fields: 'id', 'orders_by_customer_id.limit': 3 })
    validate(operation, { table_name: 'orders', filter: undefined })
  })

  it('is not coerced', () => {
    expect(problem({ limit: '5' }).message).toBe('Argument `limit` takes a whole number')
    expect(problem({ limit: '9'.repeat(16) }).message).toBe(
      'Argument `limit` takes a whole number of at most 15 digits',
    )
    expect(problem({ dry_run: 'true' }).message).toBe('Argument `dry_run` takes true or false')
    expect(problem({ fields: 7 }).message).toBe('Argument `fields` takes a list or a text')
  })

  it('may hold numbers of any number of digits', () => {
    validate(operation, { table_name: 'orders', limit: new ExactNumber('12345678901234567890') })
    validate(operation, { table_name: 'orders', params: { a: [new ExactNumber('0.12345678901234567890')] } })
    expect(problem({ filter: new ExactNumber('12345678901234567890') }).message).toBe('Argument `filter` takes a text')
  })

  it('names what is unknown and what was meant', () => {
    expect(problem({ filtr: 'x' })).toMatchObject({
      code: 'invalid',
      message: 'Unknown argument `filtr`. Did you mean `filter`?',
      context: { argument: 'filtr' },
    })
    expect(problem({ wher: 'x' }).message).toBe('Unknown argument `wher`. Did you mean `where`?')
    expect(problem({ ['x'.repeat(500)]: 1 }).message.length).toBeLessThan(200)
    expect(problem({ __proto__x: 1, constructor: 1 }).code).toBe('invalid')
    expect(problem({ aggregates: [{ function: 'sum', feld: 'total' }] }).message).toBe(
      'Argument `aggregates[0]` has no `feld`. Did you mean `field`?',
    )
  })

  it('names what is missing, and where a value is not one of a few', () => {
    expect(() => validate(operation, {})).toThrow('Argument `table_name` is missing')
    expect(problem({ aggregates: [{ field: 'total' }] }).message).toBe('Argument `aggregates[0].function` is missing')
    expect(problem({ aggregates: [{ function: 'sun' }] })).toMatchObject({
      message: 'Argument `aggregates[0].function` takes one of: count, sum',
      hint: 'Did you mean `sum`?',
    })
    expect(problem({ limit: -1 }).message).toBe('Argument `limit` must be >= 0')
  })
})

describe('aliases', () => {
  it('stand for their property', () => {
    expect(withoutAliases(operation, { table: 'orders', where: 'x', limit: 1 })).toEqual({
      table_name: 'orders',
      filter: 'x',
      limit: 1,
    })
    const plain = { table_name: 'orders' }
    expect(withoutAliases(operation, plain)).toBe(plain)
  })

  it('cannot be given beside it', () => {
    expect(() => withoutAliases(operation, { where: 'x', filter: 'y' })).toThrow('`where` is another name for `filter`')
  })
})
