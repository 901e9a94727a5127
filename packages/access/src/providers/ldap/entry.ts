import type { JsonValue } from '@gatehouse/core'
import type { Entry as RawEntry } from 'ldapts'

/** An entry of a directory. Names of attributes are found whatever their case. */
export interface Entry {
  readonly dn: string
  /** Values in the order of the server; octets that are no UTF-8 text are printed in hexadecimal. */
  texts(attribute: string): readonly string[]
  text(attribute: string): string | undefined
  /** The octets of the first value. */
  octets(attribute: string): Buffer | undefined
}

/** Attributes that are octets, whatever they look like. */
export const binaryAttributes = ['objectGUID', 'objectSid', 'GUID']

const printers: Readonly<Record<string, (octets: Buffer) => string>> = { objectguid: printGuid }

export function readEntry(raw: RawEntry): Entry {
  const values = new Map<string, readonly (string | Buffer)[]>()
  for (const [name, value] of Object.entries(raw)) {
    if (name !== 'dn') values.set(name.toLowerCase(), Array.isArray(value) ? value : [value])
  }
  const texts = (attribute: string) => {
    const name = attribute.toLowerCase()
    const print = printers[name] ?? ((octets: Buffer) => octets.toString('hex'))
    return (values.get(name) ?? []).map((value) => (typeof value === 'string' ? value : print(value)))
  }
  return {
    dn: raw.dn,
    texts,
    text: (attribute) => texts(attribute).find((text) => text !== ''),
    octets(attribute) {
      const value = values.get(attribute.toLowerCase())?.[0]
      return typeof value === 'string' ? Buffer.from(value) : value
    },
  }
}

/** One value as itself, several as a list; undefined where there is none. */
export function claimOf(entry: Entry, attribute: string): JsonValue | undefined {
  const texts = entry.texts(attribute)
  return texts.length > 1 ? texts : texts[0]
}

/** An objectGUID as Active Directory's tools print it: the first three groups are little-endian ([MS-DTYP] 2.3.4.2). */
function printGuid(octets: Buffer): string {
  if (octets.length !== 16) return octets.toString('hex')
  const hex = swapped(octets).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The octets of a printed objectGUID; undefined where it is none. */
export function parseGuid(text: string): Buffer | undefined {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
    ? swapped(Buffer.from(text.replaceAll('-', ''), 'hex'))
    : undefined
}

function swapped(octets: Buffer): Buffer {
  const copy = Buffer.from(octets)
  copy.subarray(0, 4).reverse()
  copy.subarray(4, 6).reverse()
  copy.subarray(6, 8).reverse()
  return copy
}
