import type { Filter, FilterValue, Path } from './filter.js'

/** A filter as text with `?` for each value: for logs, audit and dry runs, where values do not belong. */
export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.filters
        .map((f) => (f.kind === 'and' || f.kind === 'or' ? `(${printFilter(f)})` : printFilter(f)))
        .join(` ${filter.kind} `)
    case 'not':
      return `not (${printFilter(filter.filter)})`
    case 'compare':
      return `${printPath(filter.path)} ${filter.op} ${printValue(filter.value)}`
    case 'in':
      return `${printPath(filter.path)} ${not(filter.negated)}in (?)`
    case 'between':
      return `${printPath(filter.path)} ${not(filter.negated)}between ${printValue(filter.low)} and ${printValue(filter.high)}`
    case 'null':
      return `${printPath(filter.path)} is ${not(filter.negated)}null`
    case 'match':
      return `${printPath(filter.path)} ${not(filter.negated)}${filter.op.replace('_', ' ')} ${printValue(filter.value)}`
    case 'related':
      return `${filter.relationship}.(${printFilter(filter.filter)})`
    case 'constant':
      return String(filter.value)
    default:
      return filter satisfies never
  }
}

function not(negated: boolean): string {
  return negated ? 'not ' : ''
}

function printPath(path: Path): string {
  return [path.column, ...path.keys].join('->')
}

function printValue(value: FilterValue): string {
  switch (value.kind) {
    case 'literal':
      return '?'
    case 'attribute':
      return `{user.${value.name}}`
    case 'clock':
      return value.offset === undefined
        ? `${value.base}()`
        : `${value.base}() ${value.offset.amount < 0 ? '-' : '+'} ${Math.abs(value.offset.amount)} ${value.offset.unit}`
    default:
      return value satisfies never
  }
}
