import type { JsonText } from '@gatehouse/core'

/** Characters that are gathered as a string before they become bytes. */
const pieceLength = 8 * 1024
const firstSize = 64 * 1024
/** UTF-8 takes three bytes at most for one unit of a JavaScript string. */
const bytesPerUnit = 3

/**
 * A text that grows row by row. A short one stays a string; of a long one the pieces become bytes as they come: tens of
 * thousands of strings that live until the page is whole cost the garbage collector more than all else costs.
 */
export class PageText {
  private piece: string
  private bytes: Buffer | undefined
  private length = 0

  constructor(begin: string) {
    this.piece = begin
  }

  add(text: string): void {
    this.piece += text
    if (this.piece.length >= pieceLength) this.flush()
  }

  end(text: string): JsonText {
    this.piece += text
    if (!this.bytes) return this.piece
    this.flush()
    return this.bytes.subarray(0, this.length)
  }

  private flush(): void {
    const { piece } = this
    const needed = this.length + piece.length * bytesPerUnit
    let bytes = this.bytes ?? Buffer.allocUnsafe(Math.max(firstSize, needed))
    if (bytes.length < needed) {
      const larger = Buffer.allocUnsafe(Math.max(needed, bytes.length * 2))
      bytes.copy(larger, 0, 0, this.length)
      bytes = larger
    }
    this.length += bytes.write(piece, this.length)
    this.bytes = bytes
    this.piece = ''
  }
}
