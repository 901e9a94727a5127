import { Failure, type JsonValue } from '@gatehouse/core'
import type { InputDraft } from './input-reader.js'
import { preferredType } from './negotiate.js'

const json = ['application/json'] as const
const formats = ['application/json', 'application/x-ndjson', 'text/csv'] as const
const formatOf = { 'application/json': undefined, 'application/x-ndjson': 'ndjson', 'text/csv': 'csv' } as const

/**
 * Lets `Accept` choose the format of records, unless the request names a `format` or a `file`.
 * Throws `not_acceptable` where nothing that the operation answers will do.
 */
export function negotiateFormat(draft: InputDraft, accept: string | undefined): void {
  if (accept === undefined || accept === '*/*') return
  const chooses = draft.reader.has('format')
  if (chooses && (draft.has('format') || draft.has('file'))) return
  const type = preferredType<(typeof formats)[number]>(accept, chooses ? formats : json)
  if (type === undefined) {
    throw new Failure('not_acceptable', 'None of the types in Accept can be answered', {
      hint: `Accept one of ${(chooses ? formats : json).join(', ')}`,
    })
  }
  const format = formatOf[type]
  if (format !== undefined) draft.set('format', format)
}

/** The header that makes a browser save the answer under the name in `file`. */
export function disposition(file: JsonValue | undefined): string | undefined {
  return typeof file === 'string' && file !== '' ? dispositionOf('attachment', file) : undefined
}

/** Content-Disposition with a name of any characters. */
export function dispositionOf(kind: 'attachment' | 'inline', file: string): string {
  const plain = file.replace(/[^\w .-]/g, '_')
  // RFC 6266: the plain name for old clients, the encoded one for all others.
  const encoded =
    plain === file
      ? ''
      : `; filename*=UTF-8''${encodeURIComponent(file.replace(/\p{Surrogate}/gu, '_')).replace(/['()*]/g, hex)}`
  return `${kind}; filename="${plain}"${encoded}`
}

function hex(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
