/** Receives the messages of the server; the bytes from `start` to `end` are the message's body, valid while it is called. */
export type OnMessage = (type: number, bytes: Buffer, start: number, end: number) => void

const headerLength = 5

/** Cuts a socket's chunks into messages. Only a message that spans chunks is copied. */
export class MessageReader {
  private readonly onMessage: OnMessage
  /** The beginning of a message whose rest has not come. */
  private partial: Buffer | undefined
  private filled = 0

  constructor(onMessage: OnMessage) {
    this.onMessage = onMessage
  }

  read(chunk: Buffer): void {
    let at = this.partial ? this.complete(chunk) : 0
    const end = chunk.length
    while (end - at >= headerLength) {
      const next = at + 1 + lengthAt(chunk, at + 1)
      if (next > end) break
      this.onMessage(chunk[at] ?? 0, chunk, at + headerLength, next)
      at = next
    }
    if (at >= end) return
    const whole = end - at >= headerLength ? 1 + lengthAt(chunk, at + 1) : headerLength
    this.partial = Buffer.allocUnsafe(whole)
    this.filled = chunk.copy(this.partial, 0, at, end)
  }

  /** Adds to the message that was cut, and answers where the next one starts. */
  private complete(chunk: Buffer): number {
    let at = 0
    let partial = this.partial
    while (partial) {
      const copied = chunk.copy(partial, this.filled, at)
      at += copied
      this.filled += copied
      if (this.filled < partial.length) return chunk.length
      const whole = 1 + lengthAt(partial, 1)
      if (whole > partial.length) {
        // Only the header was known so far.
        const larger: Buffer = Buffer.allocUnsafe(whole)
        partial.copy(larger, 0, 0, this.filled)
        this.partial = partial = larger
        continue
      }
      this.partial = undefined
      this.onMessage(partial[0] ?? 0, partial, headerLength, whole)
      return at
    }
    return at
  }
}

export function lengthAt(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
}

/** The fields of an ErrorResponse by their one-letter type: C is the SQLSTATE, n the constraint, M the message. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  readonly fields: ReadonlyMap<string, string>
  constructor(fields: ReadonlyMap<string, string>) {
    super(fields.get('M') ?? 'The server refused')
    this.fields = fields
  }
  get sqlState(): string {
    return this.fields.get('C') ?? ''
  }
}

export function readError(bytes: Buffer, start: number, end: number): ServerError {
  const fields = new Map<string, string>()
  let at = start
  while (at < end && bytes[at] !== 0) {
    const zero = bytes.indexOf(0, at + 1)
    fields.set(String.fromCharCode(bytes[at] ?? 0), bytes.toString('utf8', at + 1, zero))
    at = zero + 1
  }
  return new ServerError(fields)
}

/** "cached plan must not change result type" after a change of the table, or a statement that someone deallocated. */
export function isStale(error: unknown): boolean {
  if (!(error instanceof ServerError)) return false
  if (error.sqlState === '26000') return true
  return error.sqlState === '0A000' && error.fields.get('R') === 'RevalidateCachedQuery'
}

/** lock_not_available, and query_canceled of a statement that had its time. */
export function isTooLong(error: unknown): boolean {
  return error instanceof ServerError && (error.sqlState === '55P03' || error.sqlState === '57014')
}
