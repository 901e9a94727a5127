import type { JsonValue } from '@gatehouse/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shop } from '../testing/shop.js'
import { keyColumnsOf, readId, readIds } from './ids.js'
import { prepareTable } from './prepared-table.js'

function keyOf(name: string) {
  const table = shop.tables.get(name)
  if (!table) throw new Error(name)
  return keyColumnsOf(prepareTable(table, shop), undefined)
}

const uuid = fc.uuid()
const word = fc.string({ minLength: 1 }).filter((s) => s.trim() === s && !s.includes('\0'))
const escaped = (text: string) => text.replace(/[\\,;]/g, (c) => `\\${c}`)

describe('ids', () => {
  it('come back from a query string, single', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 2 }), (labels) => {
        const text = labels.map(escaped).join(',')
        fc.pre(!text.startsWith('[') || !text.endsWith(']'))
        expect(readIds(text, keyOf('tags'))).toEqual(labels.map((label) => [label]))
      }),
    )
  })

  it('come back from a query string, composite', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(uuid, word), { minLength: 1 }), (ids) => {
        const text = ids.map(([product, tag]) => `${product},${escaped(tag)}`).join(';')
        expect(readIds(text, keyOf('product_tags'))).toEqual(ids)
      }),
    )
  })

  it('come back from a list that was split at its commas already', () => {
    const key = keyOf('order_items')
    const pairs = [
      [1n, 2],
      [3n, 4],
    ]
    const forms: JsonValue[] = [
      '1,2;3,4',
      ['1', '2;3', '4'],
      ['1,2', '3,4'],
      [
        [1, 2],
        ['3', '4'],
      ],
      '[[1,2],[3,4]]',
    ]
    for (const ids of forms) expect(readIds(ids, key)).toEqual(pairs)
  })

  it('come back from a path', () => {
    fc.assert(
      fc.property(uuid, word, (product, tag) => {
        expect(readId(`${product},${escaped(tag)}`, keyOf('product_tags'))).toEqual([product, tag])
      }),
    )
  })
})
