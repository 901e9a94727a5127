import type { Random } from './random.js'

const dayMs = 86_400_000

/** `2026-01-31`, so many days after another such date. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10)
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / dayMs)
}

/** A time of day on a date, as SQLite stores it: `2026-01-31 13:59:59`. */
export function timeOn(date: string, random: Random): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${date} ${two(random.between(7, 21))}:${two(random.between(0, 59))}:${two(random.between(0, 59))}`
}

/** A whole number of cents as a decimal: 1250 is `12.50`. */
export function decimal(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, '0')
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}
