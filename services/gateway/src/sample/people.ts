import type { StoredValue } from '@gatehouse/connectors'
import { addDays, decimal, timeOn } from './calendar.js'
import type { Random } from './random.js'
import { type Land, lands, titles } from './words.js'

type Rows = readonly (readonly StoredValue[])[]

/** The day on which the shop opened, and the last one of its data: fixed, so that each copy is the same. */
const firstDay = '2023-01-02'
export const lastDay = '2026-06-30'

const employeeCount = 40
const customerCount = 2000
/** Every seventh leads the six behind: 1 leads the leads. */
const teamSize = 7

function personName(land: Land, random: Random): string {
  return `${random.pick(land.firstNames)} ${random.pick(land.lastNames)}`
}

/** Letters that every mail server takes, and a number that makes it the only one. */
function mailOf(name: string, number: number, domain: string): string {
  const plain = name
    .normalize('NFD')
    .toLowerCase()
    .replace(/ł/g, 'l')
    .replace(/[^a-z ]/g, '')
    .trim()
    .replaceAll(' ', '.')
  return `${plain === '' ? 'customer' : plain}${number}@${domain}`
}

export function employees(random: Random): Rows {
  return Array.from({ length: employeeCount }, (_, i) => {
    const name = personName(random.pickEarly(lands.slice(0, 4)), random)
    const isLead = i % teamSize === 0
    const manager = i === 0 ? null : isLead ? 1 : i - (i % teamSize) + 1
    const title = i === 0 ? 'Managing Director' : isLead ? 'Team Lead' : random.pick(titles)
    const salary = i === 0 ? 14_500_000 : random.between(isLead ? 62 : 32, isLead ? 85 : 58) * 100_000
    const hired = addDays('2018-03-01', random.between(0, 1700))
    return [i + 1, name, mailOf(name, i + 1, 'shop.example'), title, manager, decimal(salary), hired]
  })
}

/** The last twelve months, of yearly salaries. */
export function payroll(staff: Rows, random: Random): Rows {
  return staff.flatMap(([id, , , , , salary]) => {
    const account = `XX${random.digits(20)}`
    return Array.from({ length: 12 }, (_, month) => {
      const gross = Math.round((Number(salary) * 100) / 12)
      const tax = Math.round(gross * 0.31)
      const year = month < 6 ? 2025 : 2026
      const first = `${year}-${String(((month + 6) % 12) + 1).padStart(2, '0')}-01`
      return [id ?? null, first, decimal(gross), decimal(tax), decimal(gross - tax), account]
    })
  })
}

export interface Customer {
  readonly id: number
  readonly land: Land
  readonly since: string
  readonly row: readonly StoredValue[]
}

export function customers(random: Random): readonly Customer[] {
  const days = 1200
  return Array.from({ length: customerCount }, (_, i) => {
    const id = i + 1
    const land = random.pickEarly(lands)
    const name = personName(land, random)
    const segment = random.chance(0.72) ? 'consumer' : random.chance(0.75) ? 'smb' : 'enterprise'
    // Older customers come first, as their numbers would.
    const since = addDays(firstDay, Math.floor((i / customerCount) * days))
    const row = [
      id,
      name,
      mailOf(name, id, random.pick(['example.com', 'example.org', 'example.net'])),
      random.chance(0.85) ? `${land.dialling} 555 ${random.digits(7)}` : null,
      // Numbers from 900 on are never given out.
      random.chance(0.9) ? `9${random.digits(2)}-${random.digits(2)}-${random.digits(4)}` : null,
      land.country,
      segment,
      random.chance(0.4) ? 1 : 0,
      segment === 'consumer' ? null : decimal(random.between(5, 500) * 10_000),
      timeOn(since, random),
    ]
    return { id, land, since, row }
  })
}

export function addresses(buyers: readonly Customer[], random: Random): Rows {
  let id = 0
  return buyers.flatMap(({ id: customer, land }) => {
    const kinds = random.chance(0.3) ? ['billing', 'shipping'] : ['billing']
    return kinds.map((kind) => [
      ++id,
      customer,
      kind,
      `${random.pick(land.streets)} ${random.between(1, 180)}`,
      random.digits(5),
      random.pick(land.cities),
      land.country,
    ])
  })
}
