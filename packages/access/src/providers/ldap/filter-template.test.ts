import fc from 'fast-check'
import {
  AndFilter,
  BerReader,
  BerWriter,
  EqualityFilter,
  type Filter,
  FilterParser,
  NotFilter,
  OrFilter,
  SubstringFilter,
} from 'ldapts'
import { describe, expect, it } from 'vitest'
import { filterProblem } from './filter-problem.js'
import { fillFilter, forAnyUser, parseFilter } from './filter-template.js'

const templates = [
  '(uid={user})',
  '(&(objectClass=person)(uid={user}))',
  '(&(objectClass=user)(|(sAMAccountName={user})(mail={user}@example.com))(!(cn={user})))',
  '(|(mail={user}*)(mail=*{user})(mail=a*{user}*b))',
]

/** Text that means something to filters more often than chance would have it. */
const hostile = fc.oneof(
  fc.string({ unit: 'grapheme-composite' }),
  fc.string({ unit: fc.constantFrom(...'()&|!=*\\~<>:{}\0', '*)(uid=*', '\\2a', '\\28', '{user}', '{dn}', 'a', 'ü') }),
)

/** What the server reads: the octets of the filter, without those of values. */
function form(filter: Filter): unknown {
  if (filter instanceof AndFilter || filter instanceof OrFilter) return [filter.type, filter.filters.map(form)]
  if (filter instanceof NotFilter) return [filter.type, form(filter.filter)]
  if (filter instanceof EqualityFilter) return [filter.type, filter.attribute.toLowerCase()]
  if (filter instanceof SubstringFilter) {
    const { attribute, initial, any, final } = filter
    return [filter.type, attribute.toLowerCase(), initial !== '', any.length, final !== '']
  }
  return [filter.type, filter.toString().toLowerCase()]
}

function overTheWire(filter: Filter): Filter {
  const writer = new BerWriter()
  filter.write(writer)
  return FilterParser.parse(new BerReader(writer.buffer))
}

describe('a filter with a name in it', () => {
  it('has the form of its template, whatever the name is', () => {
    const filled = fc.property(fc.constantFrom(...templates), hostile, (template, user) => {
      fc.pre(user !== '')
      const filter = overTheWire(fillFilter(parseFilter(template), { user }))
      expect(form(filter)).toEqual(form(parseFilter(template)))
      // Printed and read again as a text of RFC 4515, too.
      expect(form(parseFilter(filter.toString()))).toEqual(form(parseFilter(template)))
    })
    fc.assert(filled, { numRuns: 2000 })
  })

  it('compares with the name itself', () => {
    const compared = fc.property(hostile, (user) => {
      const filter = overTheWire(fillFilter(parseFilter('(uid={user})'), { user }))
      expect(filter).toBeInstanceOf(EqualityFilter)
      expect(filter instanceof EqualityFilter && filter.value).toBe(user)
    })
    fc.assert(compared, { numRuns: 2000 })
  })

  it('is for everybody where no name is known', () => {
    expect(forAnyUser('(&(a=b)(|(uid={user})(mail={user}@x)(cn=*{user}*)))').toString()).toBe(
      '(&(a=b)(|(uid=*)(mail=*@x)(cn=*)))',
    )
  })
})

describe('what is no filter', () => {
  it.each([
    ['(uid={user}', 'is no filter'],
    ['(uid=x)', 'needs {user}'],
    ['(uid={name})', 'has {name}'],
    ['(cn:caseExactMatch:={user})', 'by = only'],
    ['(uid>={user})', 'by = only'],
    ['({user}=x)', 'is no filter'],
  ])('%s', (text, problem) => {
    expect(filterProblem(text, ['user'])).toContain(problem)
  })

  it.each(templates)('is not %s', (text) => {
    expect(filterProblem(text, ['user'])).toBeUndefined()
  })
})
