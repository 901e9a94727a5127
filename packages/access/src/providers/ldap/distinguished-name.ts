/** One part of a DN: its attribute types with their values, both as they are compared (RFC 4517 caseIgnoreMatch, about). */
type Part = readonly (readonly [type: string, value: string])[]

/** The parts of a DN, the entry's own first. Undefined where it is none (RFC 4514). */
export function parseDn(text: string): readonly Part[] | undefined {
  if (text.trim() === '') return []
  const parts: Part[] = []
  for (const part of splitAt(text, ',')) {
    const pairs = splitAt(part, '+').map(pairOf)
    if (!pairs.every((pair) => pair !== undefined)) return undefined
    parts.push(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }
  return parts
}

/** Equal texts for equal DNs, however they are written; undefined where it is no DN. */
export function dnKey(text: string): string | undefined {
  const parts = parseDn(text)
  return parts && JSON.stringify(parts)
}

/** True for the base itself too. */
export function isBelow(dn: string, base: string): boolean {
  const [own, above] = [parseDn(dn), parseDn(base)]
  if (!own || !above || own.length === 0 || own.length < above.length) return false
  return JSON.stringify(own.slice(own.length - above.length)) === JSON.stringify(above)
}

/** What an entry is called by its own DN: `Staff` of `CN=Staff,OU=Groups,DC=example`. */
export function nameIn(dn: string): string | undefined {
  const own = splitAt(dn, ',')[0] ?? ''
  const at = own.indexOf('=')
  return at > 0 ? unescaped(own.slice(at + 1)) : undefined
}

/** What is above the entries that a template names: `ou=people,dc=example` of `uid={user},ou=people,dc=example`. */
export function above(template: string): string {
  const parts = splitAt(template, ',')
  return parts.slice(parts.findLastIndex((part) => part.includes('{user}')) + 1).join(',')
}

/** A value as it stands in a DN (RFC 4514, 2.4). */
export function escapeInDn(value: string): string {
  return value.replace(/^[ #]|[\\,+"<>;=]| $/g, '\\$&').replaceAll('\0', '\\00')
}

/** At separators that are not escaped. */
function splitAt(text: string, separator: ',' | '+'): readonly string[] {
  const pieces = ['']
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === separator) pieces.push('')
    else if (character === '\\') pieces.push(`${pieces.pop() ?? ''}${character}${text.charAt(++at)}`)
    else pieces.push(`${pieces.pop() ?? ''}${character}`)
  }
  return pieces
}

function pairOf(text: string): readonly [string, string] | undefined {
  const at = text.indexOf('=')
  const type = text.slice(0, Math.max(at, 0)).trim()
  if (!/^([a-z][a-z0-9-]*|\d+(\.\d+)+)$/i.test(type)) return undefined
  const value = unescaped(text.slice(at + 1))
  return value === undefined ? undefined : [type.toLowerCase(), value.toLowerCase().replace(/ +/g, ' ').trim()]
}

/** Undefined where a character stands that has to be escaped, or an escape that is none. */
function unescaped(text: string): string | undefined {
  const pieces = text.match(/\\[0-9a-f]{2}|\\.|[^\\ ]+| |\\/gisu) ?? []
  const [first, last] = [pieces.findIndex((piece) => piece !== ' '), pieces.findLastIndex((piece) => piece !== ' ')]
  const bytes: Buffer[] = []
  for (const piece of first < 0 ? [] : pieces.slice(first, last + 1)) {
    if (/^\\[0-9a-f]{2}$/i.test(piece)) bytes.push(Buffer.from(piece.slice(1), 'hex'))
    else if (/^\\[ "#+,;<=>\\]$/.test(piece)) bytes.push(Buffer.from(piece.slice(1)))
    else if (/[\\"+,;<>\0]/.test(piece)) return undefined
    else bytes.push(Buffer.from(piece))
  }
  return Buffer.concat(bytes).toString('utf8')
}
