import type { JsonText } from '@gatehouse/core'

/** Bytes. */
const longestString = 2048

/** Bytes that grow. Kept from call to call, so that a page costs no new memory but its own copy. */
export class Output {
  bytes = Buffer.allocUnsafe(1 << 14)
  length = 0

  room(size: number): void {
    if (this.length + size <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + size))
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }

  add(part: Buffer): void {
    this.room(part.length)
    this.length += part.copy(this.bytes, this.length)
  }

  addText(text: string): void {
    this.room(text.length * 3)
    this.length += this.bytes.write(text, this.length)
  }

  /** What was written. A short text is a string, which goes out in one piece with the headers. */
  takeText(): JsonText {
    if (this.length > longestString) return this.take()
    const text = this.bytes.toString('utf8', 0, this.length)
    this.length = 0
    return text
  }

  /** A copy of what was written. */
  take(): Buffer {
    const copy = Buffer.allocUnsafe(this.length)
    this.bytes.copy(copy, 0, 0, this.length)
    this.length = 0
    if (this.bytes.length > 1 << 22) this.bytes = Buffer.allocUnsafe(1 << 14)
    return copy
  }
}
