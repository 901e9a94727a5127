/** Content, taken piece by piece; a chunk that is cut keeps its rest for the next piece. */
export interface ContentReader {
  /** Fills the buffer, as far as there is content. Bytes that were put into it. */
  fill(buffer: Uint8Array, from: number): Promise<number>
  /** All that is left. */
  rest(): AsyncGenerator<Uint8Array, void, undefined>
  /** For who stops before the end. */
  close(): Promise<void>
}

export function contentReader(content: AsyncIterable<Uint8Array>): ContentReader {
  const source = content[Symbol.asyncIterator]()
  let rest: Uint8Array | undefined
  let ended = false

  /** The next bytes, at most `most`; undefined at the end. */
  const next = async (most: number): Promise<Uint8Array | undefined> => {
    while (rest === undefined || rest.byteLength === 0) {
      if (ended) return undefined
      const { done, value } = await source.next()
      if (done) ended = true
      else rest = value
    }
    const piece = rest.subarray(0, most)
    rest = rest.subarray(piece.byteLength)
    return piece
  }

  return {
    async fill(buffer, from) {
      let filled = from
      while (filled < buffer.byteLength) {
        const piece = await next(buffer.byteLength - filled)
        if (piece === undefined) break
        buffer.set(piece, filled)
        filled += piece.byteLength
      }
      return filled - from
    },
    async *rest() {
      for (;;) {
        const piece = await next(Number.POSITIVE_INFINITY)
        if (piece === undefined) return
        yield piece
      }
    },
    async close() {
      if (ended) return
      ended = true
      await source.return?.()
    },
  }
}

/**
 * The same bytes, the last of them only once the content has ended well: what is wrong with its length shows while the
 * storage still waits for bytes, and therefore keeps nothing.
 */
export async function* lastHeldBack(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Uint8Array | undefined
  for await (const chunk of content) {
    if (held !== undefined) yield held
    held = chunk
  }
  if (held !== undefined) yield held
}
