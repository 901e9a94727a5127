import type { Catalog, Scalar } from '@gatehouse/core'
import { Compilation, type Slot } from './compilation.js'
import type { Dialect } from './dialect.js'
import type { ShapedStatement } from './driver.js'
import type { Made } from './read-sql.js'
import type { Shape } from './shape.js'

/** A statement made once for its shape, with the origin of each value. */
export interface Compiled {
  readonly statement: ShapedStatement
  readonly slots: readonly Slot[]
}

/** The most statements kept for one service. */
const maxKept = 1000

export interface Statements {
  /** The statement of a shape; `make` is called where it is not yet known. `catalog` is the one the plan was made for. */
  of(shape: Shape, catalog: Catalog, make: (compilation: Compilation) => Made): Compiled
}

/**
 * Keeps the statements that were used last. A shape that comes for the second time gets a name, so that the driver
 * prepares it; one that never returns is not worth a prepared statement on each connection.
 */
export function keepStatements(dialect: Dialect, maskKey: string): Statements {
  const kept = new Map<string, { compiled: Compiled; named: boolean }>()
  let catalogInUse: Catalog | undefined
  let names = 0
  return {
    of(shape, catalog, make) {
      if (catalog !== catalogInUse) {
        kept.clear()
        catalogInUse = catalog
      }
      const known = kept.get(shape.key)
      if (known) {
        if (!known.named) {
          const { statement, slots } = known.compiled
          known.compiled = { statement: { ...statement, name: `g${++names}` }, slots }
          known.named = true
        }
        // The map's order is the order of last use, as far as the oldest are concerned.
        if (kept.size > maxKept / 2) {
          kept.delete(shape.key)
          kept.set(shape.key, known)
        }
        return known.compiled
      }
      const compilation = new Compilation(dialect, catalog, maskKey, shape.nodes)
      const made = make(compilation)
      const compiled: Compiled = { statement: { text: made.text, shape: made.shape }, slots: compilation.slots }
      kept.set(shape.key, { compiled, named: false })
      if (kept.size > maxKept) {
        const [oldest] = kept.keys()
        if (oldest !== undefined) kept.delete(oldest)
      }
      return compiled
    },
  }
}

const noRows: readonly ReadonlyMap<string, Scalar>[] = []

/** The values of one call, in the order of the placeholders. */
export function valuesOf(
  compiled: Compiled,
  shape: Shape,
  rows: readonly ReadonlyMap<string, Scalar>[] = noRows,
): unknown[] {
  const { slots } = compiled
  const values = new Array<unknown>(slots.length)
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i]
    if (slot === undefined) continue
    if (slot.from === 'node') values[i] = slot.bind(shape.nodes[slot.index]?.value ?? null)
    else if (slot.from === 'cell') values[i] = slot.bind(rows[slot.row]?.get(slot.column) ?? null)
    else values[i] = slot.value
  }
  return values
}
