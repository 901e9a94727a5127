import type { IncomingMessage } from 'node:http'

export const tooLarge = Symbol('too large')
/** The client went away while it sent it. */
export const gone = Symbol('gone')

/** The text of a body of at most `limit` bytes. What comes beyond them is for the caller to take or to refuse. */
export function readBody(request: IncomingMessage, limit: number): Promise<string | typeof tooLarge | typeof gone> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.resolve(tooLarge)
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else resolve(tooLarge)
    })
    request.on('end', () => {
      const [first] = chunks
      resolve((chunks.length === 1 && first ? first : Buffer.concat(chunks)).toString('utf8'))
    })
    // After the end it says nothing new.
    request.on('close', () => resolve(gone))
    // What has come together with the headers is handed over at once, instead of being kept for a turn.
    request.read(0)
  })
}
