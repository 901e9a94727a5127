import { Failure, type Filter, type Relationship } from '@gatehouse/core'
import type { Document } from 'mongodb'
import { type Collection, collectionOf } from './collection.js'
import type { Compilation } from './compilation.js'
import { matchStages } from './query.js'

/** A lookup whose field holds a document where at least one related one meets the filter. Returns the field's name. */
export function relatedLookup(
  c: Compilation,
  leaf: Extract<Filter, { kind: 'related' }>,
  collection: Collection,
): string {
  const as = c.name()
  const relationship = relationshipOf(collection, leaf.relationship)
  const other = collectionOf(c.collections, relationship.table)
  // What is inside relies on lookups of its own, which are not those of the pipeline around it.
  const outer = c.taken()
  const inner = [...matchStages(c, [leaf.filter, leaf.policy], other), { $limit: 1 }, { $project: { _id: 1 } }]
  for (const lookup of outer) c.rely(lookup)
  c.rely(joined(c, relationship, inner, [{ $limit: 1 }], as, leaf.junctionPolicy))
  return as
}

export function relationshipOf(collection: Collection, name: string): Relationship {
  const relationship = collection.table.relationships.get(name)
  if (!relationship) throw new Failure('internal', 'A plan names a relationship that is not there')
  return relationship
}

/**
 * `$lookup` of the documents at the other end, each through `stages`; all those of one document through `last`.
 * Where the columns that join are NULL or missing, there are none.
 */
export function joined(
  c: Compilation,
  relationship: Relationship,
  stages: readonly Document[],
  last: readonly Document[],
  as: string,
  junctionPolicy: Filter | undefined,
): Document {
  const { junction } = relationship
  const other = collectionOf(c.collections, relationship.table)
  if (!junction) {
    return lookup(other, relationship.columns, relationship.foreignColumns, [...stages, ...last], as)
  }
  const between = collectionOf(c.collections, junction.table)
  const far = c.name()
  const outer = c.taken()
  const visible = matchStages(c, [junctionPolicy], between)
  for (const stage of outer) c.rely(stage)
  return lookup(
    between,
    relationship.columns,
    junction.columns,
    [
      ...visible,
      lookup(other, junction.foreignColumns, relationship.foreignColumns, stages, far),
      { $unwind: `$${far}` },
      { $replaceRoot: { newRoot: `$${far}` } },
      ...last,
    ],
    as,
  )
}

function lookup(
  other: Collection,
  own: readonly string[],
  foreign: readonly string[],
  pipeline: readonly Document[],
  as: string,
): Document {
  const from = other.table.source.name
  const [localField] = own
  const [foreignField] = foreign
  if (own.length === 1 && localField !== undefined && foreignField !== undefined) {
    // A server joins what is missing with what is missing.
    const there: Document = { $match: { [foreignField]: { $ne: null } } }
    return { $lookup: { from, localField, foreignField, pipeline: [there, ...pipeline], as } }
  }
  const variables = Object.fromEntries(own.map((name, i) => [`k${i}`, { $ifNull: [`$${name}`, null] }]))
  const equal = foreign.flatMap((name, i) => [{ $eq: [`$${name}`, `$$k${i}`] }, { $ne: [`$$k${i}`, null] }])
  return { $lookup: { from, let: variables, pipeline: [{ $match: { $expr: { $and: equal } } }, ...pipeline], as } }
}
