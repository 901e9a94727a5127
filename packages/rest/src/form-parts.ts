import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { Busboy, type BusboyInstance } from '@fastify/busboy'
import { Failure, type FileContent } from '@gatehouse/core'

/** A file of a form. */
export interface FormPart {
  /** Without any folders that a client may have put before it. */
  readonly name: string
  readonly content: FileContent
}

const mostFiles = 1000

export function isForm({ headers }: IncomingMessage): boolean {
  return /^multipart\/form-data\b/i.test(headers['content-type'] ?? '')
}

/**
 * The files of a form, one after the other. Each must be read to its end before the next one comes. Other fields are
 * passed over. Throws `invalid` for a form that breaks off, `cancelled` when the client goes away.
 */
export async function* eachPart(request: IncomingMessage): AsyncGenerator<FormPart> {
  const parts: FormPart[] = []
  let wake: () => void = () => undefined
  let failure: Failure | undefined
  let ended = false
  const parser = parserOf(request)
  const open: Readable[] = []
  parser.on('file', (_field, stream, filename, _encoding, type) => {
    const name = filename?.replace(/^.*[/\\]/s, '') ?? ''
    open.push(stream)
    // Errors reach whoever reads; an abandoned one must not end the process.
    stream.on('error', () => undefined)
    parts.push({ name, content: { chunks: untilBroken(stream, () => failure), ...(type && { contentType: type }) } })
    wake()
  })
  const stop = (why?: Failure) => {
    failure ??= why
    ended = true
    if (why) for (const stream of open) stream.destroy(why)
    wake()
  }
  parser.on('finish', () => stop())
  parser.on('error', (cause: unknown) => stop(new Failure('invalid', 'The form is damaged', { cause })))
  parser.on('filesLimit', () => stop(new Failure('too_large', `The form has more than ${mostFiles} files`)))
  request.on('close', () => {
    if (!request.complete) stop(new Failure('cancelled', 'The client went away'))
  })
  request.pipe(parser)
  try {
    for (;;) {
      const part = parts.shift()
      if (part) yield part
      else if (failure) throw failure
      else if (ended) return
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    request.unpipe(parser)
    for (const stream of open) stream.destroy()
    parser.destroy()
  }
}

function parserOf({ headers }: IncomingMessage): BusboyInstance {
  const type = headers['content-type'] ?? ''
  try {
    return new Busboy({
      headers: { 'content-type': type },
      limits: { files: mostFiles, fields: 100, fieldSize: 64 * 1024, headerPairs: 50 },
    })
  } catch (cause) {
    throw new Failure('invalid', 'The form has no boundary', { cause })
  }
}

async function* untilBroken(stream: Readable, broken: () => Failure | undefined): AsyncGenerator<Uint8Array> {
  try {
    yield* stream as AsyncIterable<Uint8Array>
  } catch (cause) {
    throw broken() ?? new Failure('invalid', 'The form is damaged', { cause })
  }
  const failure = broken()
  if (failure) throw failure
}
