const milliseconds = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const bytes = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 } as const

/**
 * Milliseconds of `500ms`, `5s`, `1.5m`, `2h`, `7d`; a bare number is seconds. Undefined for anything else.
 */
export function parseDuration(text: string | number): number | undefined {
  return amount(
    text,
    /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/i,
    (unit) => milliseconds[unit as keyof typeof milliseconds],
    's',
  )
}

/** Bytes of `10mb`, `512kb`, `1gb` (powers of 1024); a bare number is bytes. Undefined for anything else. */
export function parseSize(text: string | number): number | undefined {
  return amount(text, /^(\d+(?:\.\d+)?)\s*(b|kb|mb|gb)?$/i, (unit) => bytes[unit as keyof typeof bytes], 'b')
}

function amount(
  text: string | number,
  form: RegExp,
  factorOf: (unit: string) => number,
  bareUnit: string,
): number | undefined {
  const match = form.exec(String(text).trim())
  if (!match) return undefined
  const value = Math.round(Number(match[1]) * factorOf((match[2] ?? bareUnit).toLowerCase()))
  return Number.isSafeInteger(value) ? value : undefined
}
