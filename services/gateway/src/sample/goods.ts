import type { StoredValue } from '@gatehouse/connectors'
import { decimal } from './calendar.js'
import type { Random } from './random.js'
import { thumbnail } from './thumbnail.js'
import { colours, ranges, seriesNames, tagNames } from './words.js'

type Rows = readonly (readonly StoredValue[])[]

/** A tree of two levels: parents first. */
export function categories(): Rows {
  const parents = [...new Set(ranges.map((range) => range.parent))]
  return [
    ...parents.map((name, i) => [i + 1, name, null]),
    ...ranges.map((range, i) => [parents.length + i + 1, range.category, parents.indexOf(range.parent) + 1]),
  ]
}

export interface Product {
  readonly id: number
  /** Cents. */
  readonly price: number
  readonly row: readonly StoredValue[]
}

/** One product a series and noun, where the series has it. */
export function products(random: Random): readonly Product[] {
  const firstLeaf = new Set(ranges.map((range) => range.parent)).size + 1
  const found: Product[] = []
  ranges.forEach((range, r) => {
    for (const series of seriesNames) {
      for (const noun of range.nouns) {
        if (random.chance(0.45)) continue
        const id = found.length + 1
        const price = Math.round(random.between(range.from, range.to) / 100) * 100 - random.pick([1, 5, 10, 100])
        const material = random.pick(range.materials)
        const offered = colours.filter(() => random.chance(0.4))
        const size = { width_cm: random.between(5, 200), height_cm: random.between(5, 200) }
        const attributes = { material, colours: offered, size, ...(random.chance(0.2) ? { battery: null } : {}) }
        found.push({
          id,
          price,
          row: [
            id,
            `${range.category.slice(0, 2).toUpperCase()}-${String(id).padStart(5, '0')}`,
            `${series} ${noun}`,
            firstLeaf + r,
            decimal(price),
            random.chance(0.9) ? random.between(5, 4000) / 100 : null,
            JSON.stringify(attributes),
            random.chance(0.7) ? `${noun} of the ${series} series, made of ${material}.` : null,
            random.chance(0.8)
              ? thumbnail(random.between(0, 255), random.between(0, 255), random.between(0, 255))
              : null,
            random.chance(0.06) ? 1 : 0,
          ],
        })
      }
    }
  })
  return found
}

export function tags(): Rows {
  return tagNames.map((name, i) => [i + 1, name])
}

export function productTags(goods: readonly Product[], random: Random): Rows {
  return goods.flatMap(({ id }) =>
    tagNames.flatMap((_, i) => (random.chance(0.18) ? [[id, i + 1] as readonly StoredValue[]] : [])),
  )
}
