import { Failure } from '@gatehouse/core'

type Texts = Readonly<Record<string, string>>

/**
 * Free properties as the headers that carry them: values beyond ASCII as encoded words (RFC 2047), which is how these
 * storages show such values themselves. Throws `invalid` for a name that no header can have.
 */
export function metadataHeaders(metadata: Texts, name: RegExp, rule: string): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [key, value] of Object.entries(metadata)) {
    if (!name.test(key)) throw new Failure('invalid', `A name of the metadata is not allowed: ${rule}`)
    headers[key.toLowerCase()] = encoded(value)
  }
  return headers
}

export function metadataOf(headers: Texts | undefined): Texts | undefined {
  const entries = Object.entries(headers ?? {})
  return entries.length === 0 ? undefined : Object.fromEntries(entries.map(([key, value]) => [key, decoded(value)]))
}

function encoded(value: string): string {
  const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !value.startsWith('=?')
  return plain ? value : `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`
}

function decoded(value: string): string {
  const word = /^=\?utf-8\?b\?([a-z\d+/]*=*)\?=$/i.exec(value)?.[1]
  return word === undefined ? value : Buffer.from(word, 'base64').toString()
}

/** An entity tag without its quotes. */
export function bareEtag(etag: string): string {
  return etag.replace(/^(?:W\/)?"(.*)"$/, '$1')
}

export function quotedEtag(etag: string): string {
  return `"${etag}"`
}

/**
 * Bytes of the whole object: the answer's length where it has no Content-Range, which (`bytes 5-9/100`) must begin at
 * the byte that was asked for. Undefined for an answer that is of no use.
 */
export function wholeSize(
  { contentRange, length }: { readonly contentRange: string | undefined; readonly length: number | undefined },
  start: number,
): number | undefined {
  if (contentRange === undefined) return start === 0 ? length : undefined
  const told = /^bytes (\d+)-\d+\/(\d+)$/.exec(contentRange)
  return told && Number(told[1]) === start ? Number(told[2]) : undefined
}

/** `bytes=0-9`, `bytes=5-` */
export function rangeHeader({ start, end }: { readonly start: number; readonly end?: number }): string {
  return `bytes=${start}-${end ?? ''}`
}
