import type { FileHandle } from 'node:fs/promises'
import { localFailure } from './errors.js'

const chunkSize = 256 * 1024

/** The bytes from `start` to `end`, both included. Closes the file at the end, after an error, and when nobody reads on. */
export async function* readChunks(
  handle: FileHandle,
  start: number,
  end: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    for (let at = start; at <= end; ) {
      signal.throwIfAborted()
      const wanted = Math.min(chunkSize, end + 1 - at)
      const buffer = Buffer.allocUnsafeSlow(wanted)
      const { bytesRead } = await handle.read(buffer, 0, wanted, at)
      // Shorter than it was: whoever counts notices.
      if (bytesRead === 0) return
      at += bytesRead
      yield bytesRead === wanted ? buffer : buffer.subarray(0, bytesRead)
    }
  } catch (thrown) {
    throw localFailure(thrown)
  } finally {
    await handle.close()
  }
}
