import type { StoredValue } from '@gatehouse/connectors'
import { addDays, daysBetween, decimal, timeOn } from './calendar.js'
import type { Product } from './goods.js'
import { type Customer, lastDay } from './people.js'
import type { Random } from './random.js'
import { opinions } from './words.js'

type Rows = readonly (readonly StoredValue[])[]

const orderCount = 12_000
const reviewCount = 4000
const notes = [
  'Please ring twice.',
  'Gift wrap 🎁',
  'Lieferung nach 17 Uhr',
  'Leave it with the neighbour',
  'PO 4711/B',
]

export interface Sales {
  readonly orders: Rows
  readonly items: Rows
  readonly payments: Rows
}

/** Orders in order of their dates, with lines that add up to their totals and payments that cover them. */
export function sales(buyers: readonly Customer[], goods: readonly Product[], sellers: number, random: Random): Sales {
  const orders: StoredValue[][] = []
  const items: StoredValue[][] = []
  const payments: StoredValue[][] = []
  const dated = Array.from({ length: orderCount }, () => {
    const buyer = random.pickEarly(buyers)
    return { buyer, date: addDays(buyer.since, random.between(0, daysBetween(buyer.since, lastDay))) }
  }).sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : a.buyer.id - b.buyer.id))

  for (const [i, { buyer, date }] of dated.entries()) {
    const id = i + 1
    let total = 0
    const lines = random.pickEarly([2, 1, 3, 4, 2, 5, 7])
    for (let line = 1; line <= lines; line++) {
      const product = random.pickEarly(goods)
      const quantity = random.chance(0.7) ? 1 : random.between(2, 12)
      const discount = random.chance(0.12) ? random.pick([5, 10, 15, 25]) : 0
      total += Math.round((quantity * product.price * (100 - discount)) / 100)
      items.push([id, line, product.id, quantity, decimal(product.price), decimal(discount)])
    }
    const status = statusOf(daysBetween(date, lastDay), random)
    const shipped = ['shipped', 'delivered', 'returned'].includes(status)
    orders.push([
      id,
      uuid(random),
      buyer.id,
      random.chance(0.6) ? random.between(2, sellers) : null,
      status,
      date,
      shipped ? timeOn(addDays(date, random.between(1, 5)), random) : null,
      decimal(total),
      random.chance(0.08) ? random.pick(notes) : null,
    ])
    if (status === 'open' || status === 'cancelled') continue
    // Some pay in two parts.
    const first = random.chance(0.05) ? Math.floor(total / 2) : total
    for (const amount of first === total ? [total] : [first, total - first]) {
      const method = random.pickEarly(['card', 'wallet', 'invoice', 'transfer'])
      payments.push([
        payments.length + 1,
        id,
        method,
        decimal(amount),
        timeOn(addDays(date, random.between(0, 9)), random),
      ])
    }
  }
  return { orders, items, payments }
}

/** Only young orders are still on their way. */
function statusOf(age: number, random: Random): string {
  if (random.chance(0.04)) return 'cancelled'
  if (age < 4) return random.chance(0.6) ? 'open' : 'paid'
  if (age < 12) return random.pick(['paid', 'shipped', 'shipped', 'delivered'])
  return random.chance(0.03) ? 'returned' : 'delivered'
}

/** A UUID of version 4, of the shop's own dice. */
function uuid(random: Random): string {
  const hex = Array.from({ length: 32 }, () => random.between(0, 15).toString(16))
  hex[12] = '4'
  hex[16] = (8 + random.between(0, 3)).toString(16)
  const text = hex.join('')
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-')
}

/** One of a customer on a product at the most. */
export function reviews(buyers: readonly Customer[], goods: readonly Product[], random: Random): Rows {
  const seen = new Set<string>()
  const found: StoredValue[][] = []
  while (found.length < reviewCount) {
    const [buyer, product] = [random.pick(buyers), random.pickEarly(goods)]
    const pair = `${product.id} ${buyer.id}`
    if (seen.has(pair)) continue
    seen.add(pair)
    const stars = 5 - Math.floor(random.next() ** 2 * 5)
    const comment = random.chance(0.65) ? random.pick(opinions[stars - 1] ?? []) : null
    const date = addDays(buyer.since, random.between(0, daysBetween(buyer.since, lastDay)))
    found.push([found.length + 1, product.id, buyer.id, stars, comment, timeOn(date, random)])
  }
  return found
}
