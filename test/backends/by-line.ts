import { lineTo } from '../resilience/line.js'
import type { OpenFileBackend } from './file-backend.js'

/** A server of ours is reached by a line, so that it can be cut off; one elsewhere as its URL says. */
export async function byLine(
  { pid, stop }: { readonly pid?: number; stop(): Promise<void> },
  url: string,
): Promise<{ readonly connection: string } & Pick<OpenFileBackend, 'down' | 'close'>> {
  if (pid === undefined) return { connection: url, close: stop }
  const line = await lineTo(url)
  return {
    connection: line.url,
    down: async (isDown) => {
      if (isDown) line.cut()
      else await line.restore()
    },
    async close() {
      line.cut()
      await stop()
    },
  }
}
