/** Texts, which stay as they are, and doubles of seventeen digits as the server prints them: `1.0000000000000001e-001`. */
const longFloat = /"(?:[^"\\]|\\.)*"|-?\d\.\d{15,16}[eE][+-]\d{3}/g
const hint = /\d[eE][+-]\d{3}/

/**
 * JSON that the server put together, with each double in the fewest digits that read back the same, as it is printed
 * outside of JSON. `E` marks one of four bytes; see output.ts.
 */
export function withShortFloats(json: string): string {
  if (!hint.test(json)) return json
  return json.replace(longFloat, (found) => {
    if (found.startsWith('"')) return found
    return `${found.includes('E') ? shortestSingle(Number(found)) : Number(found)}`
  })
}

/** The fewest digits that make the same number of four bytes. */
export function shortestSingle(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === Math.fround(value)) return short
  }
  return Number(value.toPrecision(9))
}
