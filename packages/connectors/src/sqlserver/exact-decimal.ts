import { TYPES } from 'tedious'

const bytesOf: readonly (readonly [precision: number, bytes: number])[] = [
  [9, 4],
  [19, 8],
  [28, 12],
  [38, 16],
]

/** The driver's decimal, but of a whole number (bigint) and its scale: the driver's own makes a double of every value. */
export const exactDecimal: typeof TYPES.Decimal = {
  ...TYPES.Decimal,
  validate(value: unknown) {
    if (value === null || value === undefined) return null
    if (typeof value !== 'bigint') throw new TypeError('A decimal is sent as a bigint')
    return value
  },
  /** MS-TDS 2.2.5.5.1.6: a sign, then the magnitude, the lowest byte first. */
  *generateParameterData({ value, precision }) {
    if (typeof value !== 'bigint') return
    const size = bytesOf.find(([most]) => most >= (precision ?? 38))?.[1] ?? 16
    const bytes = Buffer.alloc(1 + size)
    bytes[0] = value < 0n ? 0 : 1
    let rest = value < 0n ? -value : value
    for (let i = 1; i <= size; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn)
    yield bytes
  },
}
