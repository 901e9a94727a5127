import { type Catalog, Failure, type FilterValue, type Scalar, type Table } from '@gatehouse/core'
import type { Dialect } from './dialect.js'

/** Where one value of a statement comes from, and how it is handed to the driver. */
export type Slot =
  /** A value of the plan, by its place in `Shape.nodes`. */
  | { readonly from: 'node'; readonly index: number; readonly bind: (value: Scalar) => unknown }
  /** A value of a row that is written. */
  | { readonly from: 'cell'; readonly row: number; readonly column: string; readonly bind: (value: Scalar) => unknown }
  /** The same for every call. */
  | { readonly from: 'constant'; readonly value: unknown }

/** A value of the plan that becomes a parameter. */
export type ValueNode = Extract<FilterValue, { kind: 'literal' }>

/** The state of making one statement: its values in the order of their placeholders, and the aliases in use. */
export class Compilation {
  readonly slots: Slot[] = []
  readonly dialect: Dialect
  readonly catalog: Catalog
  private readonly maskKey: string
  private readonly places = new Map<ValueNode, number>()
  private aliases = 0

  constructor(dialect: Dialect, catalog: Catalog, maskKey: string, nodes: readonly ValueNode[]) {
    this.dialect = dialect
    this.catalog = catalog
    this.maskKey = maskKey
    nodes.forEach((node, index) => {
      this.places.set(node, index)
    })
  }

  /** The placeholder of a value of the plan. */
  node(node: ValueNode, bind: (value: Scalar) => unknown): string {
    const index = this.places.get(node)
    if (index === undefined) throw new Failure('internal', 'A value of the plan was not counted')
    return this.place({ from: 'node', index, bind })
  }

  cell(row: number, column: string, bind: (value: Scalar) => unknown): string {
    return this.place({ from: 'cell', row, column, bind })
  }

  maskKeyParam(): string {
    return this.constant(this.maskKey)
  }

  /** The placeholder of what is the same for every call. */
  constant(value: unknown): string {
    return this.place({ from: 'constant', value })
  }

  alias(): string {
    return `t${this.aliases++}`
  }

  table(name: string): Table {
    const table = this.catalog.tables.get(name)
    if (!table) throw new Failure('not_found', `There is no table \`${name}\``)
    return table
  }

  private place(slot: Slot): string {
    this.slots.push(slot)
    return this.dialect.placeholder(this.slots.length)
  }
}

/** A table as a part of a statement calls it. */
export interface Named {
  readonly table: Table
  /** Its alias, quoted; or its qualified name. */
  readonly as: string
}

export function columnOf(named: Named, name: string) {
  const column = named.table.columns.get(name)
  if (!column) throw new Failure('internal', `A plan names a column that is not there: ${named.table.name}.${name}`)
  return column
}

export function columnSql(compilation: Compilation, named: Named, name: string): string {
  return `${named.as}.${compilation.dialect.quote(columnOf(named, name).name)}`
}
