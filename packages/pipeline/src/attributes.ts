import {
  coerce,
  Failure,
  type Filter,
  type FilterValue,
  type JsonValue,
  type Path,
  type Principal,
  type Scalar,
} from '@gatehouse/core'

/**
 * The filter with each `{user.name}` replaced by the principal's attribute, typed as the column that it is compared
 * with; the same object where it names none. Throws `forbidden` for an attribute that is missing, null or of a type
 * that does not fit: a policy without its value allows nothing.
 */
export function withAttributes(filter: Filter, principal: Principal): Filter {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const filters = filter.filters.map((inner) => withAttributes(inner, principal))
      return filters.every((inner, i) => inner === filter.filters[i]) ? filter : { kind: filter.kind, filters }
    }
    case 'not': {
      const inner = withAttributes(filter.filter, principal)
      return inner === filter.filter ? filter : { kind: 'not', filter: inner }
    }
    case 'compare':
    case 'match': {
      const value = one(filter.value, filter.path, principal)
      return value === filter.value ? filter : { ...filter, value }
    }
    case 'between': {
      const low = one(filter.low, filter.path, principal)
      const high = one(filter.high, filter.path, principal)
      return low === filter.low && high === filter.high ? filter : { ...filter, low, high }
    }
    case 'in': {
      if (!filter.values.some((value) => value.kind === 'attribute')) return filter
      const values = filter.values.flatMap((value) => many(value, filter.path, principal))
      return values.length === 0 ? { kind: 'constant', value: filter.negated } : { ...filter, values }
    }
    case 'related': {
      const inner = withAttributes(filter.filter, principal)
      return inner === filter.filter ? filter : { ...filter, filter: inner }
    }
    case 'null':
    case 'constant':
      return filter
    default:
      return filter satisfies never
  }
}

function one(value: FilterValue, path: Path, principal: Principal): FilterValue {
  if (value.kind !== 'attribute') return value
  return { kind: 'literal', value: typed(attribute(value.name, principal), value.name, path) }
}

/** Inside IN, an attribute may be a list. */
function many(value: FilterValue, path: Path, principal: Principal): readonly FilterValue[] {
  if (value.kind !== 'attribute') return [value]
  const known = attribute(value.name, principal)
  const items: readonly JsonValue[] = Array.isArray(known) ? known : [known]
  return items.map((item) => ({ kind: 'literal', value: typed(item, value.name, path) }))
}

/** An attribute of the principal, or else what every principal has. Own properties only: no `constructor`. */
function attribute(name: string, principal: Principal): JsonValue {
  const known = Object.hasOwn(principal.attributes, name) ? principal.attributes[name] : ofEvery(name, principal)
  if (known !== undefined && known !== null) return known
  throw new Failure('forbidden', `Your access depends on the attribute \`${name}\`, which you do not have`, {
    hint: `An administrator can set \`${name}\` for you`,
  })
}

function ofEvery(name: string, principal: Principal): JsonValue | undefined {
  switch (name) {
    case 'id':
    case 'name':
    case 'tenant':
    case 'roles':
      return principal[name]
    default:
      return undefined
  }
}

function typed(value: JsonValue, name: string, path: Path): Scalar {
  try {
    const scalar = coerce(value, { name: path.column, type: path.type, nativeType: path.type })
    if (scalar !== null) return scalar
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown
  }
  throw new Failure('forbidden', `Your access depends on the attribute \`${name}\`, whose value does not fit`, {
    hint: `An administrator can set \`${name}\` to a value of type ${path.type}`,
  })
}
