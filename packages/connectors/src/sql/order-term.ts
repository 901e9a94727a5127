type OrderTerm = (expression: string, descending: boolean, nulls: 'first' | 'last', nullable: boolean) => string

/**
 * The term of ORDER BY of a database that takes NULL for its smallest or its largest value by itself: where that is
 * asked for nothing is said, so that an index serves. `placed` says it otherwise.
 */
export function orderTermOf(
  nullIs: 'smallest' | 'largest',
  placed: (term: string, nulls: 'first' | 'last', expression: string) => string = standard,
): OrderTerm {
  return (expression, descending, nulls, nullable) => {
    const term = descending ? `${expression} DESC` : expression
    const natural = (nullIs === 'smallest') === descending ? 'last' : 'first'
    return !nullable || nulls === natural ? term : placed(term, nulls, expression)
  }
}

function standard(term: string, nulls: 'first' | 'last'): string {
  return `${term} NULLS ${nulls.toUpperCase()}`
}
