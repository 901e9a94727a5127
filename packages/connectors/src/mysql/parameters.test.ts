import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inOrder, positional } from './parameters.js'
import { quote, textLiteral } from './text-sql.js'

test('numbers become positions, in quotes they stay', () => {
  const statement = positional("SELECT ?2, `?1``?3`, '?1''?2', ?1, ?2")
  expect(statement.text).toBe("SELECT ?, `?1``?3`, '?1''?2', ?, ?")
  expect(inOrder(statement, ['a', 'b'])).toEqual(['b', 'a', 'b'])
})

test('nothing inside quoted names and texts is ever a placeholder', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.string({ unit: fc.constantFrom('?', '1', '`', "'", '"', '\\', 'a') }))),
      (parts) => {
        const inner = parts.map(([name, text]) => (name ? quote(text) : textLiteral(text))).join(' ?1 ')
        const { text, order } = positional(inner)
        expect(order).toHaveLength(Math.max(0, parts.length - 1))
        expect(text).toBe(parts.map(([name, part]) => (name ? quote(part) : textLiteral(part))).join(' ? '))
      },
    ),
  )
})
