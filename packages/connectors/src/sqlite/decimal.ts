/**
 * Decimals of any length as texts, for columns that keep them so. A number is sign, digits and scale:
 * -12.50 is { negative: true, digits: 1250n, scale: 2 } with the sign inside `digits`.
 */
export interface Decimal {
  readonly digits: bigint
  /** Digits after the point, never negative. */
  readonly scale: number
}

const pattern = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?\s*$/
/** The most digits that an exponent may add. */
const maxExponent = 10_000

/** undefined for what is no number. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = pattern.exec(text)
  if (!match) return undefined
  const [, sign, whole = '', fraction = '', exponentText = '0'] = match
  const exponent = Number(exponentText)
  if (whole + fraction === '' || Math.abs(exponent) > maxExponent) return undefined
  const magnitude = BigInt(whole + fraction)
  const digits = sign === '-' ? -magnitude : magnitude
  const scale = fraction.length - exponent
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 }
}

/** Plain notation: `-12.50`. */
export function printDecimal({ digits, scale }: Decimal): string {
  const negative = digits < 0n
  const text = (negative ? -digits : digits).toString().padStart(scale + 1, '0')
  const point = text.length - scale
  return `${negative ? '-' : ''}${text.slice(0, point)}${scale > 0 ? `.${text.slice(point)}` : ''}`
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.scale === b.scale) return { digits: a.digits + b.digits, scale: a.scale }
  if (a.scale < b.scale) return addDecimals(b, a)
  return { digits: a.digits + b.digits * 10n ** BigInt(a.scale - b.scale), scale: a.scale }
}

/** Rounded half away from zero to `scale` digits. */
export function divideDecimal(a: Decimal, by: bigint, scale: number): Decimal {
  const shifted = a.digits * 10n ** BigInt(Math.max(0, scale + 1 - a.scale))
  const extra = Math.max(a.scale, scale + 1) - scale
  const divisor = by * 10n ** BigInt(extra)
  const half = (shifted < 0n ? -divisor : divisor) / 2n
  return { digits: (shifted + half) / divisor, scale }
}

/**
 * A text that sorts as the number does, byte by byte, and is equal for equal numbers: `1.50` and `1.5`.
 * Sign, then the place of the first digit, then the digits; for negative numbers all turned round, with a last
 * character above all digits, so that of -1 and -1.5 the second is smaller.
 */
export function decimalKey(text: string): string {
  const number = parseDecimal(text)
  if (!number) return `~${text}`
  if (number.digits === 0n) return '1'
  const negative = number.digits < 0n
  const digits = (negative ? -number.digits : number.digits).toString()
  const place = String(digits.length - number.scale + 100_000).padStart(6, '0')
  const key = place + digits.replace(/0+$/, '')
  return negative ? `0${key.replace(/\d/g, (digit) => String(9 - Number(digit)))}:` : `2${key}`
}
