import {
  columnNamed,
  type Filter,
  type Grant,
  type Mask,
  type Principal,
  type Projection,
  type ProjectionView,
} from '@gatehouse/core'
import type { GrantUnion } from './grant-union.js'
import type { Restriction } from './restriction.js'
import { bindPolicy, rowPolicy } from './row-policy.js'
import { sightOf } from './sight.js'
import type { TableAccess } from './table-access.js'

/**
 * Which rows a projection shows, as the ground on which a column needs no view:
 * - `read`: rows that the union's grants let the caller read
 * - `written`: rows that its grants let the caller write, of which only those that are also read grants let it see more
 * - `named`: as `written`, and the caller gave the key, or has just made it
 */
export type Ground = 'read' | 'written' | 'named'

interface Restricted {
  readonly columns: readonly Projection[]
  readonly masked: readonly string[]
  /** Present where views hold policies with attributes: the columns by caller. */
  readonly byCaller?: WeakMap<Principal, readonly Projection[]>
}

// Statements are cached by the identity of their projections, so the same question must get the same array.
type Cache = WeakMap<readonly Projection[], WeakMap<GrantUnion, Restricted>>
const caches: Readonly<Record<Ground, Cache>> = { read: new WeakMap(), written: new WeakMap(), named: new WeakMap() }

/**
 * The columns with a view each where not every row shows them as they are: plain first, then masked, by the policies
 * of the read grants; NULL where none matches. Throws as for an unknown column where no grant shows it.
 */
export function restrictProjection(
  columns: readonly Projection[],
  access: TableAccess,
  union: GrantUnion,
  ground: Ground,
  restriction: Restriction,
): readonly Projection[] {
  const restricted = cached(columns, access, union, ground)
  if (restricted.masked.length > 0) {
    restriction.notes.masked ??= new Set()
    for (const column of restricted.masked) restriction.notes.masked.add(column)
  }
  if (!restricted.byCaller) return restricted.columns
  const known = restricted.byCaller.get(restriction.principal)
  if (known) return known
  const bound = restricted.columns.map((column) => bindViews(column, restriction.principal))
  restricted.byCaller.set(restriction.principal, bound)
  return bound
}

function cached(columns: readonly Projection[], access: TableAccess, union: GrantUnion, ground: Ground): Restricted {
  const cache = caches[ground]
  const known = cache.get(columns)?.get(union)
  if (known) return known
  const restricted = restrict(columns, access, union, ground)
  const byUnion = cache.get(columns) ?? new WeakMap<GrantUnion, Restricted>()
  cache.set(columns, byUnion.set(union, restricted))
  return restricted
}

function restrict(columns: readonly Projection[], access: TableAccess, union: GrantUnion, ground: Ground): Restricted {
  const masked: string[] = []
  let changed = false
  let conditional = false
  const restricted = columns.map((projection) => {
    const { name, column } = projection
    if (!access.table.columns.has(column)) columnNamed(access.seen, column)
    if (union.grants.every((grant) => isPlain(grant, column, access, ground))) {
      if (projection.views === undefined) return projection
      changed = true
      return { name, column }
    }
    changed = true
    const mask = commonMask(column, access, union)
    const views = mask === undefined ? viewsOf(column, access) : [{ mask }]
    if (views.some((view) => view.mask !== undefined)) masked.push(column)
    conditional ||= views.some((view) => view.when !== undefined)
    return { name, column, views }
  })
  if (!changed) return { columns, masked }
  return conditional ? { columns: restricted, masked, byCaller: new WeakMap() } : { columns: restricted, masked }
}

function isPlain(grant: Grant, column: string, access: TableAccess, ground: Ground): boolean {
  if (sightOf(grant, column) !== 'plain') return false
  return grant.verbs.has('read') || (ground === 'named' && access.table.primaryKey.includes(column))
}

/** The one mask that all rows of the union wear, where no read grant could show any of them plainly. */
function commonMask(column: string, access: TableAccess, union: GrantUnion): Mask | undefined {
  const [first] = union.grants
  const mask = first ? sightOf(first, column) : 'hidden'
  if (mask === 'plain' || mask === 'hidden') return undefined
  if (!union.grants.every((grant) => grant.verbs.has('read') && sightOf(grant, column) === mask)) return undefined
  return access.verbs.read.grants.some((grant) => sightOf(grant, column) === 'plain') ? undefined : mask
}

/**
 * Each row shows the column as the first read grant that allows the row does. All read grants count, not only those
 * that the call's filter can use: what a cell shows depends on its own row and column alone.
 */
function viewsOf(column: string, access: TableAccess): readonly ProjectionView[] {
  const plain: ProjectionView[] = []
  const masked: ProjectionView[] = []
  for (const grant of access.verbs.read.grants) {
    const sight = sightOf(grant, column)
    if (sight === 'hidden') continue
    const when = rowPolicy(grant, access.table, access.catalog)
    if (sight === 'plain') plain.push(when ? { when } : {})
    else masked.push(when ? { when, mask: sight } : { mask: sight })
  }
  const views = [...plain, ...masked]
  if (views.length === 0) {
    // It can be written and not read; for a caller who can do neither, it does not exist.
    columnNamed(access.seen, column)
    return [{ mask: 'null' }]
  }
  const always = views.findIndex((view) => view.when === undefined)
  return always < 0 ? views : views.slice(0, always + 1)
}

function bindViews(projection: Projection, principal: Principal): Projection {
  if (!projection.views?.some((view) => view.when)) return projection
  const bind = (when: Filter) => bindPolicy(when, principal)
  return {
    ...projection,
    views: projection.views.map((view) => (view.when ? { ...view, when: bind(view.when) } : view)),
  }
}
