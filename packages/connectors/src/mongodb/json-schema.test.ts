import { describe, expect, it } from 'vitest'
import { columnOf } from './column.js'
import { nativeType } from './field.js'
import { inferField } from './infer.js'
import { declaredField } from './json-schema.js'

describe('a $jsonSchema', () => {
  const field = declaredField({
    bsonType: 'object',
    description: 'People',
    required: ['name', 'loose'],
    properties: {
      name: { bsonType: 'string', maxLength: 20, description: 'In full' },
      nick: { bsonType: ['string', 'null'] },
      kind: { enum: ['a', 'b', null] },
      sizes: { bsonType: 'array', items: { bsonType: 'int' } },
      address: { properties: { city: { type: 'string' }, 'a.b': {} } },
      count: { bsonType: 'number' },
      $odd: { bsonType: 'int' },
    },
  })
  const column = (name: string) => columnOf(name, field.members.get(name) ?? field)

  it('gives columns their types, what may be null, and what is said of them', () => {
    expect(field.declared).toEqual({ comment: 'People' })
    expect([...field.members.keys()]).toEqual(['name', 'nick', 'kind', 'sizes', 'address', 'count', 'loose'])
    expect(column('name')).toMatchObject({ type: 'text', nullable: false, length: 20, comment: 'In full' })
    expect(column('nick')).toMatchObject({ type: 'text', nullable: true })
    expect(column('kind')).toMatchObject({ type: 'text', nullable: true, values: ['a', 'b'] })
    expect(column('sizes')).toMatchObject({ type: 'array', nativeType: 'array<int>' })
    expect(column('address')).toMatchObject({ type: 'json', nativeType: 'object {city: string}' })
    expect(column('count')).toMatchObject({ type: 'decimal' })
    expect(column('loose')).toMatchObject({ type: 'json', nativeType: 'any' })
  })
})

describe('what is found in documents', () => {
  it('says which fields are always there, and goes on in arrays', () => {
    const found = inferField([
      { a: 'x', list: [{ n: 'x' }, { n: true }], gone: null },
      { a: 'y', list: [], 'b.c': 1 },
    ])
    expect(found.members.get('a')?.always).toBe(true)
    expect(found.members.get('list')?.always).toBe(true)
    expect([...found.members.keys()]).toEqual(['a', 'list', 'gone'])
    expect(nativeType(found)).toBe('object {a: string, list: array<object {n: bool | string}>, gone: any}')
  })
})
