import { Failure } from '@gatehouse/core'
import { lobLimit } from './output.js'

/** A LOB as the driver hands it over: a stream of texts or of bytes that knows its length. */
export interface LobSource extends AsyncIterable<unknown> {
  /** Characters or bytes. */
  readonly length: number
  destroy(): unknown
}

/** All of a LOB, read piece by piece. Throws `too_large` for one that is too long to be sent inside a record. */
export async function lobText(lob: LobSource): Promise<string | Uint8Array> {
  if (lob.length > lobLimit) {
    lob.destroy()
    throw new Failure('too_large', 'A value is too long to be sent inside a record')
  }
  const texts: string[] = []
  const bytes: Uint8Array[] = []
  for await (const piece of lob) {
    if (piece instanceof Uint8Array) bytes.push(piece)
    else texts.push(String(piece))
  }
  return bytes.length > 0 ? Buffer.concat(bytes) : texts.join('')
}
