import {
  AndFilter,
  EqualityFilter,
  ExtensibleFilter,
  type Filter,
  FilterParser,
  NotFilter,
  OrFilter,
  SubstringFilter,
} from 'ldapts'
import { placeholder } from './filter-problem.js'

/** What `{name}` in a filter of the configuration stands for. */
export type FilterValues = Readonly<Record<string, string>>

/** Throws an Error that says what is wrong with the text (RFC 4515). */
export function parseFilter(text: string): Filter {
  return FilterParser.parseString(text)
}

/**
 * The filter with values in the place of `{name}`. The text of the template is parsed before any value is there, and values
 * travel as octets of their own: so nothing in them can become a part of the filter's form.
 */
export function fillFilter(filter: Filter, values: FilterValues): Filter {
  const put = (text: string) => text.replace(placeholder, (whole, name: string) => values[name] ?? whole)
  const fill = (inner: Filter) => fillFilter(inner, values)
  if (filter instanceof AndFilter) return new AndFilter({ filters: filter.filters.map(fill) })
  if (filter instanceof OrFilter) return new OrFilter({ filters: filter.filters.map(fill) })
  if (filter instanceof NotFilter) return new NotFilter({ filter: fill(filter.filter) })
  if (filter instanceof EqualityFilter) {
    return new EqualityFilter({ attribute: filter.attribute, value: put(String(filter.value)) })
  }
  if (filter instanceof SubstringFilter) {
    const { attribute, initial, any, final } = filter
    return new SubstringFilter({ attribute, initial: put(initial), any: any.map(put), final: put(final) })
  }
  if (filter instanceof ExtensibleFilter) {
    const { matchType, rule, dnAttributes, value } = filter
    return new ExtensibleFilter({ matchType, rule, dnAttributes, value: put(value) })
  }
  return filter
}

/** The same filter for whoever the user may be: `(uid={user})` becomes `(uid=*)`. */
export function forAnyUser(text: string): Filter {
  return parseFilter(text.replaceAll('{user}', '*').replace(/\*{2,}/g, '*'))
}
