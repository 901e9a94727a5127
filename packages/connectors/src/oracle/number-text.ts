import type { Typed } from '../sql/dialect.js'

/** A NUMBER with all its digits: `0.5`, which Oracle writes `.5`, and as many behind the point as the column has. */
export function numberText(expression: string, column: Typed): string {
  const scale = column.type === 'decimal' ? (column.scale ?? 0) : 0
  if (scale > 0 && scale < 38) {
    return `TO_CHAR(${expression}, 'FM${'9'.repeat(37 - scale)}0.${'0'.repeat(scale)}')`
  }
  if (column.type === 'integer' || column.type === 'bigint') return `TO_CHAR(${expression})`
  return `REGEXP_REPLACE(TO_CHAR(${expression}, 'TM9'), '^(-?)\\.', '\\10.')`
}

/**
 * A double with the fewest digits that read back the same, as JavaScript writes it. Oracle prints 17 digits always, so
 * 15 and 16 are tried first; what is neither very large nor very small is written without an exponent.
 */
export function doubleText(expression: string, column: Typed): string {
  const single = column.nativeType === 'BINARY_FLOAT'
  const back = single ? 'TO_BINARY_FLOAT' : 'TO_BINARY_DOUBLE'
  const inDigits = (digits: number) => `TO_CHAR(${expression}, 'FM9.${'9'.repeat(digits - 1)}EEEE')`
  const [most, fewer] = single ? [9, [6, 7, 8]] : [17, [15, 16]]
  const tried = fewer.map(inDigits).map((text) => `WHEN ${back}(${text}) = ${expression} THEN ${text}`)
  const shortest = `CASE ${tried.join(' ')} ELSE ${inDigits(most)} END`
  const mantissa = `RTRIM(RTRIM(SUBSTR("x"."s", 1, INSTR("x"."s", 'E') - 1), '0'), '.')`
  const sign = `SUBSTR("x"."s", INSTR("x"."s", 'E') + 1, 1)`
  const exponent = `LTRIM(SUBSTR("x"."s", INSTR("x"."s", 'E') + 2), '0')`
  const plain = numberText('TO_NUMBER("x"."s")', { type: 'decimal', nativeType: 'NUMBER' })
  const number =
    `CASE WHEN ABS("x"."v") >= 1E-6 AND ABS("x"."v") < 1E21 THEN ${plain} ` +
    `ELSE ${mantissa} || 'e' || ${sign} || ${exponent} END`
  return (
    `CASE WHEN ${expression} IS NAN THEN '"NaN"' ` +
    `WHEN ${expression} IS INFINITE THEN CASE WHEN ${expression} > 0 THEN '"Infinity"' ELSE '"-Infinity"' END ` +
    `WHEN ${expression} = 0 THEN '0' ` +
    `ELSE (SELECT ${number} FROM (SELECT ${expression} AS "v", ${shortest} AS "s" FROM DUAL) "x") END`
  )
}
