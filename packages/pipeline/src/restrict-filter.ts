import { columnNamed, Failure, type Filter, type Relationship, suggest, type Table, visit } from '@gatehouse/core'
import { policyOf, type Restriction, tableFor } from './restriction.js'
import { type TableAccess, usable } from './table-access.js'

/** Adds the columns of the table at hand that the filter reads, those that link it to related tables among them. */
export function addColumns(filter: Filter | undefined, access: TableAccess, columns: Set<string>): void {
  if (filter === undefined) return
  visit(filter, (part) => {
    if ('path' in part) columns.add(part.path.column)
    else if (part.kind === 'related') {
      for (const column of relationshipOf(access, part.relationship).columns) columns.add(column)
    }
  })
}

/**
 * The filter with the policies of each related table that it looks into; the same object where it looks into none.
 * Throws where the caller may not follow a relationship or read a column of the other table.
 */
export function restrictFilter(filter: Filter, access: TableAccess, restriction: Restriction): Filter {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const filters = filter.filters.map((inner) => restrictFilter(inner, access, restriction))
      return filters.every((inner, i) => inner === filter.filters[i]) ? filter : { kind: filter.kind, filters }
    }
    case 'not': {
      const inner = restrictFilter(filter.filter, access, restriction)
      return inner === filter.filter ? filter : { kind: 'not', filter: inner }
    }
    case 'related': {
      const relationship = relationshipOf(access, filter.relationship)
      const other = tableFor(restriction, relationship.table)
      const columns = new Set(relationship.foreignColumns)
      addColumns(filter.filter, other, columns)
      const policy = policyOf(usable(other, 'read', columns), other.table.name, restriction)
      const junctionPolicy = junctionPolicyOf(relationship, restriction)
      return {
        kind: 'related',
        relationship: filter.relationship,
        filter: restrictFilter(filter.filter, other, restriction),
        ...(policy && { policy }),
        ...(junctionPolicy && { junctionPolicy }),
      }
    }
    case 'compare':
    case 'in':
    case 'between':
    case 'null':
    case 'match':
      // A name that slipped through unseen would be the database's to judge.
      if (!access.table.columns.has(filter.path.column)) columnNamed(access.seen, filter.path.column)
      return filter
    case 'constant':
      return filter
    default:
      return filter satisfies never
  }
}

/** The rows of the table between that the caller may read. Throws where it may not read its linking columns. */
export function junctionPolicyOf(relationship: Relationship, restriction: Restriction): Filter | undefined {
  const { junction } = relationship
  if (!junction) return undefined
  const between = tableFor(restriction, junction.table)
  const union = usable(between, 'read', new Set([...junction.columns, ...junction.foreignColumns]))
  return policyOf(union, between.table.name, restriction)
}

/** A relationship that the caller sees, as the service has it. Throws as for a name that does not exist. */
export function relationshipOf(access: TableAccess, name: string): Relationship {
  const relationship = access.table.relationships.get(name)
  if (relationship && access.seen.relationships.has(name)) return relationship
  throw noRelationship(access.seen, name)
}

/** Throws for a relationship to another service that the caller does not see, as for a name that does not exist. */
export function requireAcross({ seen }: TableAccess, name: string): void {
  if (!seen.across?.has(name)) throw noRelationship(seen, name)
}

function noRelationship(seen: Table, name: string): Failure {
  return new Failure('invalid', `Unknown relationship \`${name.slice(0, 100)}\` of \`${seen.name}\``, {
    hint: suggest(name, 'Relationships', seen.relationships.keys()),
    context: { relationship: name.slice(0, 100) },
  })
}
