import type { Filter, Grant, Projection, Verb } from '@gatehouse/core'
import { sightOf } from '../sight.js'
import { columnsRead, evaluate, type Row, type Rows, type World } from './evaluate.js'
import { filterOn } from './plans.js'
import { ada } from './shop.js'
import type { Grants } from './view.js'

/** What is allowed, said a second time and in another way: row by row and cell by cell, from the grants alone. */
export class Judge {
  readonly grants: Grants
  /** Where policies hold as restriction has put them into a plan. */
  readonly world: World
  /** Where the grants themselves say which related rows exist. */
  readonly allowed: World

  constructor(grants: Grants, rows: Rows) {
    this.grants = grants
    this.world = { rows, attributes: ada.attributes }
    this.allowed = { ...this.world, sees: (table, row, columns) => this.permits(table, 'read', row, columns) }
  }

  having(table: string, verb: Verb): readonly Grant[] {
    return (this.grants[`_table/${table}`] ?? []).filter((grant) => grant.verbs.has(verb))
  }

  allows(grant: Grant, table: string, row: Row): boolean {
    return grant.rows === undefined || evaluate(filterOn(table, grant.rows), table, row, this.world) === true
  }

  /** Some grant of the verb allows the row and shows all of the columns as they are. */
  permits(table: string, verb: Verb, row: Row, columns: Iterable<string>): boolean {
    const needed = [...columns]
    return this.having(table, verb).some(
      (grant) => needed.every((column) => sightOf(grant, column) === 'plain') && this.allows(grant, table, row),
    )
  }

  /** The caller's filter on what it may see: also of related tables. */
  meets(table: string, row: Row, filter: Filter | undefined): boolean {
    return filter === undefined || evaluate(filter, table, row, this.allowed) === true
  }

  /** Some read grant allows the row and shows what the filter and these columns look at, and the row meets the filter. */
  finds(table: string, row: Row, filter: Filter | undefined, columns: Iterable<string>): boolean {
    return (
      this.permits(table, 'read', row, [...columnsRead(filter, table), ...columns]) && this.meets(table, row, filter)
    )
  }

  /** Everything that may be shown of a cell: the value, masks of it, or nothing. */
  cell(table: string, row: Row, column: string): readonly unknown[] {
    const sights = this.having(table, 'read')
      .filter((grant) => this.allows(grant, table, row))
      .map((grant) => sightOf(grant, column))
    if (sights.includes('plain')) return [row[column]]
    const masks = sights.filter((sight) => sight !== 'hidden').map((sight) => (sight === 'null' ? null : `(${sight})`))
    return masks.length > 0 ? masks : [null]
  }

  /** What a projection, as restriction has made it, shows of a row. */
  shown(projection: Projection, table: string, row: Row): unknown {
    const value = row[projection.column]
    if (!projection.views) return value
    for (const { when, mask } of projection.views) {
      if (when && evaluate(when, table, row, this.world) !== true) continue
      return mask === undefined ? value : mask === 'null' ? null : `(${mask})`
    }
    return null
  }
}
