import { type FTPContext, FTPError } from 'basic-ftp'
import { withDeadline } from '../files/deadline.js'
import type { FtpConnection } from './connection.js'
import { late, replyOf } from './errors.js'

/** Milliseconds that the server has to say how a transfer ended that was broken off here. */
const partingMs = 3000

const nothing = Buffer.alloc(0)

interface Transfer {
  readonly ftp: FTPContext
  readonly socket: NonNullable<FTPContext['dataSocket']>
  /** Resolves when the data connection is encrypted, if it is to be. */
  readonly secured: Promise<void>
  /** Settles with the server's last word on the transfer. */
  readonly finished: Promise<void>
}

/** Opens a data connection, sends the command and waits until the server begins. Throws what it refuses with. */
async function begin({ client }: FtpConnection, command: string, startAt = 0): Promise<Transfer> {
  const { ftp } = client
  await client.prepareTransfer(ftp)
  const socket = ftp.dataSocket
  if (!socket) throw new Error('There is no data connection')
  const secured = new Promise<void>((resolve) => {
    if ('encrypted' in socket) socket.once('secureConnect', resolve)
    else resolve()
  })
  try {
    if (startAt > 0) await ftp.request(`REST ${startAt}`)
    let finished: Promise<void> = Promise.resolve()
    await new Promise<void>((resolve, reject) => {
      finished = ftp.handle(command, (reply, task) => {
        if (reply instanceof Error) return task.reject(reply)
        if (reply.code >= 200) return task.resolve(undefined)
        // From here on the control connection is silent for as long as the transfer takes.
        ftp.socket.setTimeout(0)
        resolve()
      })
      // A server may also end before it says that it begins, where there is nothing to send.
      finished.then(resolve, reject)
    })
    // Who transfers waits for it later; until then a refusal is not unhandled.
    finished.catch(() => {})
    return { ftp, socket, secured, finished }
  } catch (thrown) {
    ftp.dataSocket = undefined
    throw thrown
  }
}

/**
 * What a command sends (RETR, MLSD, LIST). When it is left early the data connection is closed and the control
 * connection kept, where the server says in time that it has understood.
 */
export async function download(on: FtpConnection, command: string, startAt = 0) {
  const transfer = await begin(on, command, startAt)
  const { socket, ftp, finished } = transfer
  let ended = false
  // With the control connection the library also closes the data connection, and whoever reads it is not told.
  let failed: { readonly thrown: unknown } | undefined
  let fail: (thrown: unknown) => void = () => {}
  finished.catch((thrown) => {
    failed = { thrown }
    fail(thrown)
  })

  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const iterator: AsyncIterator<Uint8Array> = socket[Symbol.asyncIterator]()
    for (;;) {
      const coming = new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        fail = reject
        if (failed) reject(failed.thrown)
        else iterator.next().then(resolve, reject)
      })
      const { done, value } = await withDeadline(coming, on.timeoutMs, () => closedLate(on))
      if (done) break
      yield value
    }
    await lastWord(on, finished)
    ended = true
    ftp.dataSocket = undefined
  }
  return {
    chunks: chunks(),
    /** To be called when nothing more is read, whether all was or not. */
    async leave(): Promise<void> {
      if (!ended) await breakOff(on, transfer)
    },
  }
}

/** What the server says at the end of a transfer; silence is an error. */
async function lastWord(on: FtpConnection, finished: Promise<void>): Promise<void> {
  await withDeadline(finished, on.timeoutMs, () => closedLate(on))
}

/** Gets a connection back in step whose transfer was left, or closes it. */
async function breakOff(on: FtpConnection, { ftp, socket, finished }: Transfer): Promise<void> {
  socket.destroy()
  try {
    const inStep = async () => {
      await finished.catch((thrown) => {
        if (replyOf(thrown) === undefined) throw thrown
      })
      ftp.dataSocket = undefined
      // There may be one more reply to the transfer: what is said before the answer to this is about that.
      await ftp.handle('NOOP', (reply, task) => {
        if (reply instanceof FTPError) return
        if (reply instanceof Error) return task.reject(reply)
        if (reply.code === 200) task.resolve(undefined)
      })
    }
    await withDeadline(inStep(), partingMs, () => late())
  } catch {
    on.close()
  }
}

/**
 * Stores content under a path and answers its length. Content that breaks off is stored as far as it came, the
 * connection stays in step, and what the content threw is thrown.
 */
export async function upload(on: FtpConnection, path: string, content: AsyncIterable<Uint8Array>): Promise<number> {
  const { ftp, socket, secured, finished } = await begin(on, `STOR ${path}`)
  // Woken when the server takes more, and when it says its last word before the content is at its end.
  let over = false
  let wake = () => {}
  const end = () => {
    over = true
    wake()
  }
  finished.then(end, end)
  socket.on('close', end)
  const woken = () =>
    withDeadline(
      new Promise<void>((resolve) => {
        wake = resolve
        if (over) resolve()
      }),
      on.timeoutMs,
      () => closedLate(on),
    )
  let bytes = 0
  let broken: { readonly thrown: unknown } | undefined
  try {
    // A connection that is ended before its handshake has been sent whole breaks. An empty write comes after that.
    const begun = secured.then(() => new Promise<void>((resolve) => socket.write(nothing, () => resolve())))
    await withDeadline(Promise.race([begun, finished]), on.timeoutMs, () => closedLate(on))
    socket.on('drain', () => wake())
    for await (const chunk of content) {
      bytes += chunk.byteLength
      if (!over && !socket.write(chunk)) await woken()
      if (over) throw new Error('The server ended the upload before its content did')
    }
  } catch (thrown) {
    if (!on.alive) throw thrown
    broken = { thrown }
  }
  const early = over
  socket.end()
  await withDeadline(finished, broken ? partingMs : on.timeoutMs, () => closedLate(on)).catch((thrown) => {
    // What the server says goes before what it brought about, but not before what is wrong with the content.
    if (!broken || early) broken = { thrown }
  })
  ftp.dataSocket = undefined
  if (broken) throw broken.thrown
  return bytes
}

function closedLate(on: FtpConnection): Error {
  on.close()
  return late()
}
