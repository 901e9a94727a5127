import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { Failure } from '@gatehouse/core'

/** Where a listing goes on. */
export interface Position {
  /** The storage's own continuation of the page that it is in; absent: its first page. */
  readonly from?: string
  /** The last entry that was looked at, and how many of the page were. */
  readonly after: string
  readonly skip: number
  /** Entries that the storage is asked for at once. */
  readonly size: number
}

export interface CursorSeal {
  /** `question` is what is listed: a cursor is of no use for another one. */
  seal(question: string, position: Position): string
  /** Throws `invalid` for what was not sealed for the question. */
  open(question: string, cursor: string): Position
}

/** Cursors are sealed, since the names in them may be of files that the caller does not see. */
export function createCursorSeal(secret: string): CursorSeal {
  const key = createHash('sha256').update(`file cursor ${secret}`).digest()
  return {
    seal(question, position) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(question))
      const sealed = Buffer.concat([cipher.update(JSON.stringify(position), 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
    },
    open(question, cursor) {
      const bytes = Buffer.from(cursor, 'base64url')
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
        decipher.setAAD(Buffer.from(question)).setAuthTag(bytes.subarray(12, 28))
        const text = decipher.update(bytes.subarray(28), undefined, 'utf8') + decipher.final('utf8')
        // What we have sealed ourselves has this shape.
        return JSON.parse(text) as Position
      } catch (cause) {
        throw new Failure('invalid', '`cursor` is not one of this listing', {
          hint: 'Send next_cursor as it came, with the same path and parameters',
          cause,
        })
      }
    },
  }
}
