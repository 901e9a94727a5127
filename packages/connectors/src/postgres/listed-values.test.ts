import { describe, expect, it } from 'vitest'
import { listedValues } from './listed-values.js'

const of = (expression: string, column = 'segment') => listedValues(column, [{ name: 'c', expression }], [])

describe('listedValues', () => {
  it.each([
    "((segment)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
    "((segment)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))",
    "(segment = ANY (ARRAY['a'::text, 'b'::text]))",
    "(segment = ANY (ARRAY['a'::bpchar, 'b'::bpchar]))",
  ])('reads %s', (expression) => {
    expect(of(expression)).toEqual(['a', 'b'])
  })

  it('reads quotes, commas and brackets inside of values', () => {
    expect(of("(segment = ANY (ARRAY['it''s'::text, 'x, y'::text, '[1]'::text]))")).toEqual(["it's", 'x, y', '[1]'])
  })

  it('reads quoted names, and the checks of a domain', () => {
    expect(of('("My Col" = ANY (ARRAY[\'a\'::text]))', 'My Col')).toEqual(['a'])
    expect(listedValues('x', [], ["(VALUE = ANY (ARRAY['y'::text, 'n'::text]))"])).toEqual(['y', 'n'])
  })

  it.each([
    "((segment = ANY (ARRAY['a'::text])) OR (b = 2))",
    '(segment = ANY (ARRAY[1, 2]))',
    "(other = ANY (ARRAY['a'::text]))",
    "(lower(segment) = ANY (ARRAY['a'::text]))",
    '(segment > 1)',
  ])('does not take %s for a list', (expression) => {
    expect(of(expression)).toBeUndefined()
  })
})
