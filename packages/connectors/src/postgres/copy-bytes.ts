/**
 * Copying of short runs of bytes by hand: most fields have fewer than 20 bytes, for which a call into the runtime costs
 * more than the copy. Each answers where the output goes on.
 */

/** From here on the runtime's own copy is faster. */
const long = 64

export function copyPlain(out: Buffer, o: number, bytes: Buffer, start: number, end: number): number {
  if (end - start > long) return o + bytes.copy(out, o, start, end)
  for (let i = start; i < end; i++) out[o++] = bytes[i] ?? 0
  return o
}

/** UTF-8 text as the inside of a JSON string. */
export function copyText(out: Buffer, o: number, bytes: Buffer, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0
    if (byte < 0x20 || byte === 0x22 || byte === 0x5c) return copyEscaped(out, o, bytes, i, end)
    out[o++] = byte
  }
  return o
}

const hex = Buffer.from('0123456789abcdef')
/** The letter behind the backslash, as JSON.stringify writes it; 0 where there is none but \\u00xx. */
const letters = new Uint8Array(0x5d)
for (const [code, letter] of [
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [0x22, '"'],
  [0x5c, '\\'],
] as const) {
  letters[code] = letter.charCodeAt(0)
}

function copyEscaped(out: Buffer, o: number, bytes: Buffer, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0
    if (byte >= 0x20 && byte !== 0x22 && byte !== 0x5c) {
      out[o++] = byte
      continue
    }
    out[o++] = 0x5c
    o = copyLetter(out, o, byte)
  }
  return o
}

/** What follows the backslash of an escape. */
function copyLetter(out: Buffer, o: number, byte: number): number {
  const letter = letters[byte] ?? 0
  if (letter !== 0) {
    out[o] = letter
    return o + 1
  }
  out[o] = 0x75
  out[o + 1] = 0x30
  out[o + 2] = 0x30
  out[o + 3] = hex[byte >> 4] ?? 0
  out[o + 4] = hex[byte & 15] ?? 0
  return o + 5
}

/** The same, escaped once more: as the inside of a JSON string that stands inside of a JSON string. */
export function copyTextTwice(out: Buffer, o: number, bytes: Buffer, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0
    if (byte >= 0x20 && byte !== 0x22 && byte !== 0x5c) {
      out[o++] = byte
      continue
    }
    out[o++] = 0x5c
    out[o++] = 0x5c
    // What the first escape makes of a quote or a backslash is escaped itself.
    if (byte === 0x22 || byte === 0x5c) out[o++] = 0x5c
    o = copyLetter(out, o, byte)
  }
  return o
}

/** JSON of the database's making as the inside of a JSON string; -1 as below. */
export function copyJsonText(out: Buffer, o: number, bytes: Buffer, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0
    if (byte === 0x0a || byte === 0x0d) return -1
    if (byte >= 0x20 && byte !== 0x22 && byte !== 0x5c) {
      out[o++] = byte
      continue
    }
    out[o++] = 0x5c
    o = copyLetter(out, o, byte)
  }
  return o
}

/** JSON of the database's making, or -1 where it has line breaks, which a record must not have. */
export function copyJson(out: Buffer, o: number, bytes: Buffer, start: number, end: number): number {
  if (end - start > long) {
    const part = bytes.subarray(start, end)
    return part.includes(0x0a) || part.includes(0x0d) ? -1 : o + part.copy(out, o)
  }
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0
    if (byte === 0x0a || byte === 0x0d) return -1
    out[o++] = byte
  }
  return o
}

/** How many bytes need an escape in a JSON string. */
export function escapesIn(bytes: Buffer, start: number, end: number): number {
  let count = 0
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0
    if (byte < 0x20 || byte === 0x22 || byte === 0x5c) count++
  }
  return count
}
